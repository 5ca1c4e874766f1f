using CodeEmbed.Hub;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the names of models that are in the Hub's cache, whole or not: those that can be removed.</summary>
public class CachedModelCompleter : InstalledModelCompleter
{
    /// <inheritdoc/>
    private protected override IEnumerable<string> Names(HubCache cache) => cache.List().Select(revision => revision.Model).Distinct();
}
