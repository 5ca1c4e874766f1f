using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Files;
using CodeEmbed.Hub.Settings;
using CodeEmbed.Hub.Transfer;

namespace CodeEmbed.Hub;

/// <summary>Fetches models from the Hub into its cache, and uses cached models without any network call.</summary>
/// <param name="options">The Hub's address, the access token and the cache.</param>
public sealed class HubClient(HubOptions options)
{
    /// <summary>The cache.</summary>
    public HubCache Cache { get; } = new(options.CacheFolder, options.ModelTypes);

    /// <summary>Finds a model in the cache, or fetches its missing files.</summary>
    /// <param name="id">The model.</param>
    /// <param name="update">Whether to ask the Hub for a newer commit even if the model is in the cache.</param>
    /// <param name="progress">
    ///   Receives how much was fetched, on the thread that fetches; <see langword="null"/> for none.
    /// </param>
    /// <param name="cancellationToken">
    ///   Stops the fetching, even if the server hangs; the next try continues from there.
    /// </param>
    /// <returns>The model in the cache.</returns>
    /// <exception cref="ModelLoadException">The model cannot be fetched; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The fetching was stopped.</exception>
    public async Task<HubSnapshot> FetchAsync(
        HubModelId id,
        bool update = false,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        HubSnapshot? found = Cache.FindSnapshot(id, out string? problem);
        bool asksForNewer = update && !id.IsCommit;
        if (found is { Doubt: null } && !asksForNewer)
            return found;

        if (options.Offline)
        {
            if (asksForNewer)
                throw HubErrors.OfflineUpdate(id);

            return found ?? throw HubErrors.NotCached(id, options.CacheFolder, problem!, Cache.FindFolder(id));
        }

        string? token = null;
        try
        {
            token = AccessToken.Find(options.Token, options.TokenFile);
            using var connection = new HubConnection(FindEndpoint(), token, options.Limits);
            string? cached = asksForNewer ? null : Cache.FindCommit(id);
            return await new SnapshotFetch(id, options, connection, progress).RunAsync(cached, cancellationToken).ConfigureAwait(
                false);
        }
        catch (Exception e) when (HubErrors.Describe(e, id, options.Endpoint, options.CacheFolder, token) is { } error)
        {
            // The cached files can be used; only the doubt could not be settled.
            if (found is null || asksForNewer)
                throw error;

            return found with { Doubt = $"{found.Doubt} Asking the Hub failed: {error.Problem}" };
        }
    }

    /// <summary>Puts the files that are needed to run a model into a plain folder, without links, to copy elsewhere.</summary>
    /// <param name="id">The model.</param>
    /// <param name="folder">
    ///   The folder. It is made if it does not exist; it may hold the same model's files and no others.
    /// </param>
    /// <param name="update">Whether to ask the Hub for a newer commit even if the model is in the cache.</param>
    /// <param name="progress">Receives how much was fetched; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The folder, and the commit of its files.</returns>
    /// <exception cref="ModelLoadException">
    ///   The model cannot be fetched or written; the message says why and what to do.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<HubSnapshot> SaveToFolderAsync(
        HubModelId id,
        string folder,
        bool update = false,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        HubSnapshot snapshot = await FetchAsync(id, update, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            await PlainFolder.WriteAsync(
                snapshot.Folder,
                NeededFiles.In(snapshot.Folder, options.ModelTypes).Paths,
                folder,
                cancellationToken).ConfigureAwait(false);
            return snapshot with { Folder = folder };
        }
        catch (Exception e) when (HubErrors.Describe(e, id, options.Endpoint, folder, token: null) is { } error)
        {
            throw error;
        }
    }

    private Uri FindEndpoint() =>
        Uri.TryCreate(options.Endpoint, UriKind.Absolute, out Uri? endpoint)
        && (endpoint.Scheme == Uri.UriSchemeHttps || endpoint.Scheme == Uri.UriSchemeHttp)
        && endpoint is { Query: "", Fragment: "", UserInfo: "" }
            ? endpoint
            : throw new HubAnswerException(
                $"'{HubSecrets.RemoveFromAddress(options.Endpoint)}' is not the address of a Hub. Set HF_ENDPOINT to one such as "
                + $"{HubOptions.DefaultEndpoint}, "
                + "without a user name or password, or to none. An access token goes into HF_TOKEN.");
}
