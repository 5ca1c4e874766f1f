using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of models that are on this machine.</summary>
internal class InstalledModelCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public virtual IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        return Names(InstalledModels.OpenCache())
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(name =>
                new CompletionResult(CompletionText.Quote(name), name, CompletionResultType.ParameterValue, Describe(name)));
    }

    /// <summary>The names to choose from.</summary>
    protected virtual IEnumerable<string> Names(HubCache cache) => InstalledModels.Names(cache);

    /// <summary>What is shown beside a name.</summary>
    protected virtual string Describe(string name) => $"{name}, which is on this machine";
}
