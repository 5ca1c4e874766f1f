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
            .Select(name => Complete(name, Describe(name)));
    }

    /// <summary>A name to choose, and its description.</summary>
    protected static CompletionResult Complete(string name, string description) =>
        new(CompletionText.Quote(name), name, CompletionResultType.ParameterValue, description);

    /// <summary>The names to choose from.</summary>
    protected virtual IEnumerable<string> Names(HubCache cache) => InstalledModels.Names(cache);

    /// <summary>The description of a name.</summary>
    protected virtual string Describe(string name) => KnownModels.Describe(name, "on this machine");
}

/// <summary>Completes the names of models that are in the Hub's cache, complete or not: those that can be removed.</summary>
internal class CachedModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(HubCache cache) => cache.List().Select(revision => revision.Model).Distinct();
}

/// <summary>
///   Completes the names of models that can be fetched, as far as they are known: those in the Hub's cache, and those in
///   the table of models.
/// </summary>
internal sealed class FetchedModelCompleter : CachedModelCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(HubCache cache) =>
        base.Names(cache).Concat(KnownModels.All.Where(model => model.IsOnHub).Select(model => model.Name))
            .Distinct().Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override string Describe(string name) => KnownModels.Describe(name, "on the Hub");
}

/// <summary>
///   Completes the names of models that are on this machine, then those of the table of models, which would be fetched, and
///   folders.
/// </summary>
internal sealed class ModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    public override IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        CompletionResult[] installed =
            [.. base.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters)];
        return installed
            .Concat(KnownModels.All
                .Select(model => model.Name)
                .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Where(name => !installed.Any(result => result.ListItemText.Equals(name, StringComparison.OrdinalIgnoreCase)))
                .Select(name => Complete(name, KnownModels.Describe(name, "on the Hub"))))
            .Concat(CompletionCompleters.CompleteFilename(wordToComplete)
                .Where(result => result.ResultType == CompletionResultType.ProviderContainer));
    }
}
