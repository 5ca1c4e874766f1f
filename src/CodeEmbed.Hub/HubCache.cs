using System.Text;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Files;
using CodeEmbed.Hub.Names;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub;

/// <summary>
///   The Hub's cache on this machine, which Hugging Face's own programs share. It uses no network.
/// </summary>
/// <param name="folder">The folder of the cache, which need not exist.</param>
/// <param name="modelTypes">
///   The model types whose checkpoints can be run, as in <see cref="HubOptions.ModelTypes"/>; <see langword="null"/> for all.
/// </param>
public sealed class HubCache(string folder, IReadOnlyCollection<string>? modelTypes = null)
{
    /// <summary>The folder of the cache.</summary>
    public string Folder { get; } = folder;

    /// <summary>Finds a model that has every file needed to run it.</summary>
    /// <param name="id">The model. A branch or tag refers to the commit that was fetched for it last.</param>
    /// <returns>The model, or <see langword="null"/> if it is missing or not complete.</returns>
    public HubSnapshot? FindSnapshot(HubModelId id) => FindSnapshot(id, out _);

    /// <summary>Lists every model and commit in the cache.</summary>
    /// <returns>
    ///   The models, in the order of their names; folders that do not look like a model from the Hub are left out.
    /// </returns>
    public IReadOnlyList<CachedRevision> List()
    {
        var revisions = new List<CachedRevision>();
        foreach (string path in Subfolders(Folder))
        {
            if (RepositoryFolder.FindModel(Path.GetFileName(path)) is not { } id)
                continue;

            var repository = new RepositoryFolder(Folder, id);
            ILookup<string, string> references =
            ReadReferences(repository).ToLookup(reference => reference.Commit, reference => reference.Revision);
            revisions.AddRange(Subfolders(repository.Snapshots)
                .Select(Path.GetFileName)
                .Where(commit => RevisionRule.IsCommit(commit!))
                .Select(commit => Describe(repository, id, commit!, [.. references[commit!].Order(StringComparer.Ordinal)])));
        }

        return revisions;
    }

    /// <summary>Lists the commits of one model in the cache.</summary>
    /// <param name="model">Its name. If the file system is case-sensitive, the name must be exact.</param>
    public IReadOnlyList<CachedRevision> FindRevisions(string model)
    {
        IReadOnlyList<CachedRevision> all = List();
        CachedRevision[] exact = [.. all.Where(revision => revision.Model == model)];
        return exact.Length == 0
            && HubModelId.TryParse(model, out HubModelId? id) && Directory.Exists(new RepositoryFolder(Folder, id).Path)
            ? [.. all.Where(revision => revision.Model.Equals(model, StringComparison.OrdinalIgnoreCase))]
            : exact;
    }

    /// <summary>Removes a commit of a model, with the files that no other commit uses.</summary>
    /// <param name="revision">The commit, as <see cref="List"/> returned it.</param>
    /// <exception cref="IOException">
    ///   A file cannot be removed, or a folder of the model is a link to elsewhere; then nothing is removed.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">This user may not remove a file.</exception>
    public void Remove(CachedRevision revision)
    {
        var repository = new RepositoryFolder(Folder, HubModelId.Parse(revision.Model));
        string snapshot = repository.Snapshot(revision.Commit);
        string listings = Path.GetDirectoryName(repository.Listing(revision.Commit))!;
        string[] folders =
            [repository.Blobs, repository.References, snapshot, repository.Absences(revision.Commit), listings];
        foreach (string folder in folders)
            RequireNoLink(repository, folder);

        string[] others = [.. Subfolders(repository.Snapshots).Where(path => path != snapshot)];

        // The names first, so that an interrupted removal leaves nothing that looks complete.
        foreach ((string name, _) in ReadReferences(repository).Where(reference => reference.Commit == revision.Commit))
            File.Delete(repository.Reference(name));

        if (others.Length == 0)
        {
            DeleteFolder(repository.Path);
            return;
        }

        HashSet<string> unused = [.. BlobsOf(snapshot)];
        unused.ExceptWith(others.SelectMany(BlobsOf));
        DeleteFolder(snapshot);
        DeleteFolder(repository.Absences(revision.Commit));
        if (File.Exists(repository.Listing(revision.Commit)))
            File.Delete(repository.Listing(revision.Commit));

        foreach (string hash in unused)
            File.Delete(repository.Blob(hash));
    }

    /// <summary>Finds a model that has every file needed to run it.</summary>
    /// <param name="id">The model.</param>
    /// <param name="problem">Why it cannot be used, to follow "it"; <see langword="null"/> if it can.</param>
    internal HubSnapshot? FindSnapshot(HubModelId id, out string? problem)
    {
        problem = "is not in the cache";
        if (FindCommit(id) is not { } commit)
            return null;

        var repository = new RepositoryFolder(Folder, id);
        (problem, string? doubt) = SnapshotCheck.Of(repository, commit, modelTypes);
        return problem is null ? new HubSnapshot(repository.Snapshot(commit), commit) { Doubt = doubt } : null;
    }

    /// <summary>The commit that a model's revision refers to in the cache, or <see langword="null"/>.</summary>
    internal string? FindCommit(HubModelId id) =>
        id.IsCommit ? id.Revision : ReadReference(new RepositoryFolder(Folder, id).Reference(id.Revision));

    /// <summary>The folder with the cached files of a model, or <see langword="null"/>.</summary>
    internal string? FindFolder(HubModelId id) =>
        FindCommit(id) is { } commit && new RepositoryFolder(Folder, id).Snapshot(commit) is var folder
            && Directory.Exists(folder) ? folder : null;

    private CachedRevision Describe(RepositoryFolder repository, HubModelId id, string commit, string[] references)
    {
        string folder = repository.Snapshot(commit);
        CachedFile[] files =
            [.. SnapshotListing.Read(folder).Select(path => new CachedFile(path, Resolve(Path.Combine(folder, path)).Length))];
        return new CachedRevision
        {
            Model = id.Repository,
            Commit = commit,
            Revisions = references,
            Folder = folder,
            Files = files,
            Size = files.Sum(file => file.Size),
            IsComplete = SnapshotCheck.Of(repository, commit, modelTypes).Problem is null,
        };
    }

    private static IEnumerable<(string Revision, string Commit)> ReadReferences(RepositoryFolder repository)
    {
        foreach (string revision in SnapshotListing.Read(repository.References).Where(RevisionRule.IsValid))
        {
            if (ReadReference(repository.Reference(revision)) is { } commit)
                yield return (revision, commit);
        }
    }

    /// <summary>The commit that a file of a branch or tag holds, or <see langword="null"/>.</summary>
    private static string? ReadReference(string path)
    {
        const int longest = 256;
        try
        {
            if (!File.Exists(path))
                return null;

            using FileStream file = CacheFile.OpenRead(path);
            Span<byte> text = stackalloc byte[longest];
            string commit = Encoding.ASCII.GetString(text[..file.ReadAtLeast(text, longest, throwOnEndOfStream: false)]).Trim();
            return RevisionRule.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is HubAnswerException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The hashes of the blobs that a commit links to.</summary>
    private static IEnumerable<string> BlobsOf(string snapshot) => SnapshotListing.Read(snapshot)
        .Select(path => Path.Combine(snapshot, path))
        .Where(path => new FileInfo(path).LinkTarget is not null)
        .Select(Resolve)
        .Where(file => file.Directory?.Name == "blobs" && FileNameRule.IsPlain(file.Name))
        .Select(file => file.Name);

    private static FileInfo Resolve(string path)
    {
        var file = new FileInfo(path);
        return (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
    }

    private static IEnumerable<string> Subfolders(string path)
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
        return Directory.Exists(path) ? Directory.EnumerateDirectories(path, "*", options).Order(StringComparer.Ordinal) : [];
    }

    private static void RequireNoLink(RepositoryFolder repository, string folder)
    {
        try
        {
            repository.RequireNoLink(folder);
        }
        catch (HubAnswerException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
