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
}
