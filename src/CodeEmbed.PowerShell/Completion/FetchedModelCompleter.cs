using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Completion;

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
