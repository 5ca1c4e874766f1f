using System.Management.Automation;
using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>What the cmdlets that fetch models share.</summary>
public abstract class HubCmdlet : CodeEmbedCmdlet
{
    // A person sees no faster changes, and a stop is waited for no longer.
    private const int RedrawMilliseconds = 200;

    /// <summary>Uses what is in the cache, and the network never.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Where the Hub and the cache are: as the environment says, and the parameters.</summary>
    private protected HubOptions HubOptions()
    {
        HubOptions options = Hub.HubOptions.FromEnvironment() with { ModelTypes = EmbeddingEngine.ModelTypes };
        return Offline ? options with { Offline = true } : options;
    }

    /// <summary>Runs a fetch on another thread, and draws its progress on the pipeline's.</summary>
    /// <param name="id">What is fetched.</param>
    /// <param name="fetch">The fetch.</param>
    /// <returns>What the fetch returns.</returns>
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

    /// <summary>Finds out what a value of -Model means, and fetches the model if it is on the Hub.</summary>
    /// <param name="model">A folder, the name of a model that comes with the module, or one on the Hub.</param>
    /// <returns>Options that say which model it is, and nothing else.</returns>
    private protected EmbeddingServiceOptions FindModel(string model)
    {
        // Found out here, because the fetch runs on another thread.
        string location = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        ModelChoice choice = ModelChoice.Find(model, SessionState.Path);
        string folder = choice.HubId is { } id
            ? Fetch(id, (client, progress) => FetchAsync(client, id, location, progress)).Folder
            : choice.Model;
        return new EmbeddingServiceOptions
        {
            Model = folder,
            ModelName = choice.HubId?.Repository,

            // What was not found in the session's location must not be found in the process's.
            BaseFolder = Path.IsPathFullyQualified(folder) ? null : location,
            BundledModels = EmbeddingEngine.BundledModels,
        };
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
