using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>The base of the cmdlets that fetch models.</summary>
public abstract class HubCmdlet : CodeEmbedCmdlet
{
    // People see no faster changes, and a stop takes no longer.
    private const int RedrawMilliseconds = 200;

    /// <summary>Uses only the cache, and never the network.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>The settings of the Hub and the cache, from the environment and the parameters.</summary>
    private protected HubOptions HubOptions()
    {
        HubOptions options = Hub.HubOptions.FromEnvironment() with { ModelTypes = EmbeddingEngine.ModelTypes };
        return Offline ? options with { Offline = true } : options;
    }

    /// <summary>Finds out what a model's name means, and fetches the model if it is not on this machine.</summary>
    /// <param name="name">A folder, the name of a model that comes with the module, or of one on the Hub.</param>
    /// <returns>Which model to load, and from where.</returns>
    private protected EmbeddingServiceOptions FindModel(string name)
    {
        // Found out here, because the fetch runs on another thread.
        string location = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        ModelChoice choice = ModelChoice.Find(name, SessionState.Path);
        HubSnapshot? snapshot = choice.HubId is { } id
            ? Fetch(id, (client, progress) => FetchAsync(client, id, location, progress))
            : null;
        string model = snapshot?.Folder ?? choice.Model;
        return new EmbeddingServiceOptions
        {
            Model = model,
            ModelName = choice.HubId?.Repository,
            ModelSource = choice.HubId?.Repository ?? (choice.IsBundled ? name : null),
            Revision = snapshot?.Commit,

            // A path that is not found from the session's location must not be found from the process's.
            BaseFolder = Path.IsPathFullyQualified(model) ? null : location,
            BundledModels = EmbeddingEngine.BundledModels,
        };
    }

    /// <summary>Runs a fetch on another thread, and draws its progress on the pipeline's.</summary>
    /// <param name="id">The model to fetch.</param>
    /// <param name="fetch">The fetch.</param>
    /// <returns>The result of the fetch.</returns>
    private protected HubSnapshot Fetch(HubModelId id, Func<HubClient, IProgress<HubProgress>, Task<HubSnapshot>> fetch)
    {
        var progress = new FetchProgress(id);
        Task<HubSnapshot> task = Task.Run(() => fetch(new HubClient(HubOptions()), progress), CancellationToken.None);
        bool drawn = false;
        while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(RedrawMilliseconds))
        {
            if (progress.Describe() is not { } record)
                continue;

            WriteProgress(record);
            drawn = true;
        }

        HubSnapshot snapshot = RunOrFail(() => new ValueTask<HubSnapshot>(task));
        if (drawn)
            WriteProgress(progress.End);

        if (snapshot.Doubt is not null)
            WriteWarning($"{id}: {snapshot.Doubt}");

        return snapshot;
    }

    private async Task<HubSnapshot> FetchAsync(
        HubClient client, HubModelId id, string location, IProgress<HubProgress> progress)
    {
        try
        {
            return await client.FetchAsync(id, progress: progress, cancellationToken: StopToken).ConfigureAwait(false);
        }
        catch (ModelLoadException e) when (client.Cache.FindRevisions(id.Repository).Count == 0)
        {
            throw ModelChoice.AddFolder(e, location);
        }
    }
}
