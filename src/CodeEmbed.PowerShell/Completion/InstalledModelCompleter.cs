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

/// <summary>Completes the names of models that are in the Hub's cache, whole or not: those that can be removed.</summary>
internal class CachedModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(HubCache cache) => cache.List().Select(revision => revision.Model).Distinct();
}

/// <summary>
///   Completes the names of models that can be fetched, as far as they are known here: the default, and those in the Hub's cache.
/// </summary>
internal sealed class FetchedModelCompleter : CachedModelCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(HubCache cache) =>
        base.Names(cache).Append(ModelChoice.DefaultModel).Distinct().Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override string Describe(string name) => $"{name}, on the Hub";
}

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
