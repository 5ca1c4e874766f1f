using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of models that come with the module, and folders.</summary>
public sealed class ModelCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        return Bundled(word).Concat(CompletionCompleters.CompleteFilename(wordToComplete).Where(result => result.ResultType == CompletionResultType.ProviderContainer));
    }

    private static IEnumerable<CompletionResult> Bundled(string word)
    {
        if (!Directory.Exists(EmbeddingEngine.BundledModels))
            return [];

        return Directory.GetDirectories(EmbeddingEngine.BundledModels)
            .Select(folder => Path.GetFileName(folder))
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => new CompletionResult(CompletionText.Quote(name), name, CompletionResultType.ParameterValue, $"{name}, which comes with the module"));
    }
}
