using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Files;
using CodeEmbed.Hub.Names;
using CodeEmbed.Hub.Transfer;

namespace CodeEmbed.Hub;

/// <summary>Fetches the files of a model that are not in the cache.</summary>
/// <param name="id">The model.</param>
/// <param name="options">Where the cache is.</param>
/// <param name="connection">The connection to the Hub.</param>
/// <param name="report">Who is told how much has come; <see langword="null"/> for nobody.</param>
internal sealed class SnapshotFetch(HubModelId id, HubOptions options, HubConnection connection, IProgress<HubProgress>? report)
{
    private readonly RepositoryFolder _repository = new(options.CacheFolder, id);
    private readonly HubApi _api = new(connection, options.Limits);
    private readonly TransferProgress _progress = new(report, options.Limits.ReportEvery);

    /// <summary>Fetches the commit that the revision stands for now.</summary>
    public async Task<HubSnapshot> RunAsync(CancellationToken cancellationToken)
    {
        string commit = id.IsCommit ? id.Revision : await _api.FindCommitAsync(id, cancellationToken).ConfigureAwait(false);
        string folder = _repository.Snapshot(commit);
        if (NeededFiles.In(folder).Problem is not null)
            await FetchAsync(commit, cancellationToken).ConfigureAwait(false);

        // Last, so that a branch never stands for a commit that is not whole.
        if (!id.IsCommit)
            CachedContent.WriteWhole(_repository.Reference(id.Revision), commit);

        return new HubSnapshot(folder, commit);
    }

    private async Task FetchAsync(string commit, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, HubFile> listing = await _api.ListAsync(id, commit, cancellationToken).ConfigureAwait(false);
        HashSet<string> paths = [.. listing.Keys];

        await FetchAsync(commit, listing, NeededFiles.ReadFirst(paths), cancellationToken).ConfigureAwait(false);
        NeededFiles needed = NeededFiles.Choose(paths, path => File.OpenRead(_repository.Pointer(commit, path)));
        if (needed.Problem is not null)
            throw new HubAnswerException(needed.Problem);

        await FetchAsync(commit, listing, needed.Paths, cancellationToken).ConfigureAwait(false);
        foreach (string path in NeededFiles.Descriptions.Where(path => !paths.Contains(path)))
            MarkAbsent(_repository.Absence(commit, path));
    }

    private async Task FetchAsync(string commit, IReadOnlyDictionary<string, HubFile> listing, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        HubFile[] missing = [.. paths.Where(path => !CachedContent.IsThere(_repository.Pointer(commit, Checked(path)))).Select(path => Checked(listing[path]))];
        _progress.Expect(missing.Sum(file => file.Size));
        foreach (HubFile file in missing)
        {
            await FetchAsync(commit, file, cancellationToken).ConfigureAwait(false);
            _progress.Finish(file);
        }
    }

    private async Task FetchAsync(string commit, HubFile file, CancellationToken cancellationToken)
    {
        string pointer = _repository.Pointer(commit, file.Path), blob = _repository.Blob(file.Hash), incomplete = _repository.Incomplete(file.Hash);
        using IDisposable taken = await BlobLock.AcquireAsync(_repository.Lock(file.Hash), cancellationToken).ConfigureAwait(false);

        // Another process may have brought it while this one waited.
        if (CachedContent.IsThere(pointer))
            return;

        bool isNew = new FileInfo(blob) is not { Exists: true } found || found.Length != file.Size;
        if (isNew)
        {
            Directory.CreateDirectory(_repository.Blobs);
            DiskSpace.Require(_repository.Blobs, file.Size - (File.Exists(incomplete) ? new FileInfo(incomplete).Length : 0));
            Uri address = _api.FileAddress(id, commit, file.Path);
            await new BlobTransfer(connection, options.Limits, _progress).RunAsync(file, commit, address, incomplete, cancellationToken).ConfigureAwait(false);
            File.Move(incomplete, blob, overwrite: true);
        }

        CachedContent.Place(blob, pointer, options.UseLinks, isNew);
    }

    // The mark is an empty file, by which Hugging Face's programs know that they need not ask.
    private static void MarkAbsent(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // Shared: on Windows a second client that leaves the same mark at the same time would fail.
        using var mark = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private static string Checked(string path) => FileNameRule.IsPlainPath(path)
        ? path
        : throw new HubAnswerException($"the Hub names the file '{path}', which could lie outside of the cache. Nothing was fetched under that name.");

    private static HubFile Checked(HubFile file) => file.HasHash
        ? file
        : throw new HubAnswerException($"the Hub names '{file.Hash}' as the hash of {file.Path}, which is none. Nothing was fetched under that name.");
}
