using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of models that are on this machine, and folders.</summary>
internal sealed class ModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    public override IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        base.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters)
            .Concat(CompletionCompleters.CompleteFilename(wordToComplete)
                .Where(result => result.ResultType == CompletionResultType.ProviderContainer));
}
