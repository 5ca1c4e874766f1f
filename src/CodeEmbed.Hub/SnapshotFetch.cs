using CodeEmbed.Errors;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Files;
using CodeEmbed.Hub.Transfer;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub;

/// <summary>Fetches the files of a model that are not in the cache.</summary>
/// <param name="id">The model.</param>
/// <param name="options">The options, with the cache.</param>
/// <param name="connection">The connection to the Hub.</param>
/// <param name="report">Receives how much was fetched; <see langword="null"/> for none.</param>
internal sealed class SnapshotFetch(HubModelId id, HubOptions options, HubConnection connection, IProgress<HubProgress>? report)
{
    private readonly RepositoryFolder _repository = new(options.CacheFolder, id);
    private readonly HubApi _api = new(connection, options.Limits);
    private readonly TransferProgress _progress = new(report, options.Limits.ReportEvery);

    /// <summary>Fetches the commit that the revision refers to now, or the missing files of one in the cache.</summary>
    /// <param name="cached">The commit in the cache to complete; <see langword="null"/> for the newest.</param>
    /// <param name="cancellationToken">Stops the fetching.</param>
    public async Task<HubSnapshot> RunAsync(string? cached, CancellationToken cancellationToken)
    {
        string commit = cached ?? (
            id.IsCommit ? id.Revision : await _api.FindCommitAsync(id, cancellationToken).ConfigureAwait(false));
        try
        {
            if (SnapshotCheck.Of(_repository, commit, options.ModelTypes) is not (null, null))
                await FetchAsync(commit, cancellationToken).ConfigureAwait(false);
        }
        catch (HubStatusException e) when (cached is not null && !id.IsCommit && e.ErrorCode == "RevisionNotFound")
        {
            // The Hub no longer has the commit.
            return await RunAsync(null, cancellationToken).ConfigureAwait(false);
        }

        // Last, so that a branch never refers to an incomplete commit.
        if (!id.IsCommit && commit != cached)
            new CachedReferences(_repository).Write(id.Revision, commit);

        return new HubSnapshot(_repository.Snapshot(commit), commit);
    }

    private async Task FetchAsync(string commit, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, HubFile> listing = await _api.ListAsync(id, commit, cancellationToken).ConfigureAwait(false);
        HashSet<string> paths = [.. listing.Keys];

        // Each step reads files from the one before it.
        await FetchAsync(
            commit,
            listing,
            [.. new[] { ModelFileNames.Modules }.Where(paths.Contains)],
            cancellationToken).ConfigureAwait(false);
        await FetchAsync(
            commit,
            listing,
            NeededFiles.ReadFirst(paths, path => _repository.Read(commit, path)),
            cancellationToken).ConfigureAwait(false);
        NeededFiles needed = SnapshotCheck.FindNeeded(listing, _repository, commit, options.ModelTypes);
        if (needed.Problem is not null)
            throw new HubAnswerException(needed.Problem);

        await FetchAsync(commit, listing, needed.Paths, cancellationToken).ConfigureAwait(false);
        KeepListing(commit, listing);
    }

    /// <summary>
    ///   Records that the commit is complete, for the next time. A read-only cache is used without it.
    /// </summary>
    private void KeepListing(string commit, IReadOnlyDictionary<string, HubFile> listing)
    {
        try
        {
            CommitListing.Write(_repository.Prepare(_repository.Listing(commit)), listing.Values);
            SentenceModules modules = SentenceModules.Read(listing.Keys.ToHashSet(), path => _repository.Read(commit, path));

            // These marks show older programs that they need not ask.
            foreach (string path in NeededFiles.Descriptions(modules).Where(path => !listing.ContainsKey(path)))
                CachedContent.Mark(_repository.Prepare(_repository.Absence(commit, path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is fetched again the next time.
        }
    }

    private async Task FetchAsync(
        string commit,
        IReadOnlyDictionary<string, HubFile> listing,
        IReadOnlyList<string> paths,
        CancellationToken cancellationToken)
    {
        HubFile[] missing =
        [
            .. paths
                .Where(path => !SnapshotCheck.IsThere(listing[Checked(path)], _repository, commit))
                .Select(path => Checked(listing[path])),
        ];
        _progress.Expect(missing.Sum(file => file.Size));
        foreach (HubFile file in missing)
        {
            await FetchAsync(commit, file, cancellationToken).ConfigureAwait(false);
            _progress.Finish(file);
        }
    }

    private async Task FetchAsync(string commit, HubFile file, CancellationToken cancellationToken)
    {
        string pointer = _repository.Prepare(_repository.Pointer(commit, file.Path));
        string blob = _repository.Prepare(_repository.Blob(file.Hash));
        string incomplete = _repository.Incomplete(file.Hash), lockFile = _repository.Prepare(_repository.Lock(file.Hash));
        using IDisposable taken = await BlobLock.AcquireAsync(lockFile, cancellationToken).ConfigureAwait(false);

        // Another process may have fetched it while this one waited.
        if (CachedContent.IsThere(pointer, file.Size))
            return;

        bool isNew = new FileInfo(blob) is not { Exists: true, LinkTarget: null } found || found.Length != file.Size;
        if (isNew)
        {
            DiskSpace.Require(_repository.Blobs, file.Size - (File.Exists(incomplete) ? new FileInfo(incomplete).Length : 0));
            Uri address = _api.FileAddress(id, commit, file.Path);
            await new BlobTransfer(connection, options.Limits, _progress).RunAsync(
                file, commit, address, incomplete, cancellationToken).ConfigureAwait(false);
            File.Move(incomplete, blob, overwrite: true);
        }

        CachedContent.Place(blob, pointer, options.UseLinks, isNew);
    }

    private static string Checked(string path) => FileNameRule.IsPlainPath(path)
        ? path
        : throw new HubAnswerException($"the Hub names the file {MessageText.Quote(path)}, which could be outside the cache. "
            + "Nothing was fetched under that name.");

    private static HubFile Checked(HubFile file) => file.HasHash
        ? file
        : throw new HubAnswerException($"the Hub names {MessageText.Quote(file.Hash)} as the hash of {file.Path}, which is not a "
            + "hash. Nothing was fetched under that name.");
}
