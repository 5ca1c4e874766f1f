using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Completion;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Fetches models from the Hub ahead of their use: into the Hub's cache, or into a plain folder.</summary>
[Cmdlet(VerbsData.Save, "CodeEmbeddingModel", SupportsShouldProcess = true)]
[OutputType(typeof(InstalledModel), typeof(DirectoryInfo))]
public sealed class SaveCodeEmbeddingModelCommand : HubCmdlet
{
    private bool _anySaved;

    /// <summary>The models: owner/name, or owner/name@revision. By default that of ConvertTo-CodeEmbedding.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FetchedModelCompleter))]
    public string[] Model { get; set; } = [ModelChoice.Standard];

    /// <summary>
    ///   A folder for the model's files, to copy to a machine without network. It holds nothing else.
    /// </summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Asks the Hub for a newer commit even if the model is in the cache.</summary>
    [Parameter]
    public SwitchParameter Update { get; set; }

    /// <summary>Returns the model in the cache, or the folder.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Models have files of the same names, so the second would overwrite the first.
        if (Destination is not null && (_anySaved || Model.Length > 1))
        {
            Fail(
                ErrorRecords.FileWrite(
                    new IOException("a folder holds one model, and several were given. Give each its own -Destination."),
                    Destination));
        }

        _anySaved = true;
        foreach (string model in Model)
        {
            if (ModelChoice.IsBundledName(model))
                WriteError(ErrorRecords.ComesWithModule(model));
            else if (!HubModelId.TryParse(model, out HubModelId? id))
                WriteError(ErrorRecords.NotOnHub(model));
            else if (Destination is null)
                SaveToCache(id);
            else
                SaveToFolder(id, ResolveFolder(Destination));
        }
    }

    private void SaveToCache(HubModelId id)
    {
        if (!ShouldProcess(id.ToString(), "Fetch into the Hub's cache"))
            return;

        HubSnapshot snapshot = Fetch(id, (client, progress) => client.FetchAsync(id, Update, progress, StopToken));
        WriteVerbose($"{id} is commit {snapshot.Commit} in '{snapshot.Folder}'.");
        if (!PassThru)
            return;

        CachedRevision revision = InstalledModels.OpenCache().List().First(revision => revision.Folder == snapshot.Folder);
        WriteObject(InstalledModels.FromCache(revision, EmbeddingEngine.CreateInspector()));
    }

    private void SaveToFolder(HubModelId id, string folder)
    {
        if (!ShouldProcess(folder, $"Put the files of {id} there"))
            return;

        HubSnapshot snapshot = Fetch(id, (client, progress) => client.SaveToFolderAsync(id, folder, Update, progress, StopToken));
        WriteVerbose($"{id} is commit {snapshot.Commit} in '{folder}'.");
        if (PassThru)
            WriteObject(new DirectoryInfo(folder));
    }

    private string ResolveFolder(string path)
    {
        string? resolved = ResolveFile(path, out string problem);
        if (resolved is null)
            Fail(ErrorRecords.FileWrite(new IOException(problem), path));

        return resolved;
    }
}
