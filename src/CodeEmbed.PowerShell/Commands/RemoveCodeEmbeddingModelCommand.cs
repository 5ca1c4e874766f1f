using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Removes models from the Hub's cache, with the files that no other revision uses.</summary>
[Cmdlet(VerbsCommon.Remove, "CodeEmbeddingModel", SupportsShouldProcess = true)]
public sealed class RemoveCodeEmbeddingModelCommand : CodeEmbedCmdlet
{
    /// <summary>The models: owner/name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CachedModelCompleter))]
    public string[] Model { get; set; } = [];

    /// <summary>A commit, branch or tag; by default every commit in the cache.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Commit")]
    public string? Revision { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var cache = new HubCache(HubOptions.FromEnvironment().CacheFolder);
        foreach (string model in Model)
        {
            CachedRevision[] found = [.. cache.FindRevisions(model).Where(IsMeant)];
            if (found.Length == 0)
                WriteError(ErrorRecords.ModelNotCached(string.IsNullOrEmpty(Revision) ? model : $"{model}@{Revision}"));

            foreach (
                CachedRevision revision in found.Where(
                    revision => ShouldProcess($"{revision.Model}, commit {revision.Commit}", "Remove from the Hub's cache")))
                Remove(cache, revision);
        }
    }

    private bool IsMeant(CachedRevision revision) =>
        string.IsNullOrEmpty(Revision) || revision.Commit == Revision || revision.Revisions.Contains(Revision);

    private void Remove(HubCache cache, CachedRevision revision)
    {
        // A held model has its files open, and Windows does not remove open files.
        HeldEmbeddingService.Release();
        try
        {
            cache.Remove(revision);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.FileWrite(e, revision.Folder));
        }
    }
}
