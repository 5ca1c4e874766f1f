using CodeEmbed.Hub;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of models that are in the Hub's cache, whole or not: those that can be removed.</summary>
internal class CachedModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(HubCache cache) => cache.List().Select(revision => revision.Model).Distinct();
}
