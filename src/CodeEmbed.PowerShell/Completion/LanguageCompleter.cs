using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using CodeEmbed.PowerShell.Search;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of programming languages; another name of a language becomes its usual one.</summary>
internal sealed class LanguageCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        return LanguageNames.StartingWith(word).Select(language =>
            new CompletionResult(CompletionText.Quote(language), language, CompletionResultType.ParameterValue, language));
    }
}
