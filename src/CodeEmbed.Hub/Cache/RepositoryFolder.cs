using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Names;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Cache;

/// <summary>The folder of one model in the cache, in the layout of huggingface_hub.</summary>
internal sealed class RepositoryFolder
{
    private const string Prefix = "models--", Separator = "--";

    private readonly string _cache, _locks;

    /// <summary>The folder of a model, which need not exist.</summary>
    /// <param name="cache">The folder of the cache.</param>
    /// <param name="id">The model; its revision does not matter.</param>
    public RepositoryFolder(string cache, HubModelId id)
    {
        string name = Prefix + id.Repository.Replace("/", Separator, StringComparison.Ordinal);
        _cache = System.IO.Path.TrimEndingDirectorySeparator(cache);
        Path = System.IO.Path.Combine(cache, name);
        HasNoOwner = id.Owner.Length == 0;
        _locks = System.IO.Path.Combine(cache, ".locks", name);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether the model's name is one of the oldest, which have no owner.</summary>
    public bool HasNoOwner { get; }

    /// <summary>The folder of the files themselves, each named by its hash.</summary>
    public string Blobs => System.IO.Path.Combine(Path, "blobs");

    /// <summary>The folder of the commits.</summary>
    public string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>The folder of the branches and tags.</summary>
    public string References => System.IO.Path.Combine(Path, "refs");

    /// <summary>The model that a folder of the cache is for, or <see langword="null"/>.</summary>
    public static HubModelId? FindModel(string folderName) =>
        folderName.StartsWith(Prefix, StringComparison.Ordinal)
        && HubModelId.TryParse(folderName[Prefix.Length..].Replace(Separator, "/", StringComparison.Ordinal), out HubModelId? id)
            ? id
            : null;

    /// <summary>The files of a commit.</summary>
    public string Snapshot(string commit) => System.IO.Path.Combine(Snapshots, Checked(commit, RevisionRule.IsCommit(commit)));

    /// <summary>A file of a commit.</summary>
    public string Pointer(string commit, string path) => System.IO.Path.Combine(Snapshot(commit), Local(path));

    /// <summary>The mark that a commit has no such file.</summary>
    public string Absence(string commit, string path) => System.IO.Path.Combine(Absences(commit), Local(path));

    /// <summary>The marks of files that a commit does not have.</summary>
    public string Absences(string commit) =>
        System.IO.Path.Combine(Path, ".no_exist", Checked(commit, RevisionRule.IsCommit(commit)));

    /// <summary>Where huggingface_hub keeps the listing of a commit.</summary>
    public string Listing(string commit) =>
        System.IO.Path.Combine(Path, "trees", Checked(commit, RevisionRule.IsCommit(commit)) + ".json");

    /// <summary>The file that holds the commit of a branch or tag.</summary>
    public string Reference(string revision) =>
        System.IO.Path.Combine(References, Local(Checked(revision, RevisionRule.IsValid(revision))));

    /// <summary>The contents of a file.</summary>
    public string Blob(string hash) => System.IO.Path.Combine(Blobs, Checked(hash, FileNameRule.IsPlain(hash)));

    /// <summary>The part of a file that was fetched so far.</summary>
    public string Incomplete(string hash) => Blob(hash) + ".incomplete";

    /// <summary>The file that is locked while a file is being fetched.</summary>
    public string Lock(string hash) => System.IO.Path.Combine(_locks, Checked(hash, FileNameRule.IsPlain(hash)) + ".lock");

    /// <summary>Opens a file of a commit for reading.</summary>
    /// <exception cref="HubAnswerException">It is not a regular file; the message names it.</exception>
    public Stream Read(string commit, string path) => CacheFile.OpenRead(Pointer(commit, path));

    /// <summary>Makes the folder of a file that will be written or removed.</summary>
    /// <param name="path">The file, in the cache.</param>
    /// <returns>The file.</returns>
    /// <exception cref="HubAnswerException">
    ///   A link is on the way from the cache's folder to the file, and would lead out of the cache.
    /// </exception>
    public string Prepare(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        RequireNoLink(folder);
        Directory.CreateDirectory(folder);
        return path;
    }

    /// <summary>Ensures that a folder of the cache is in the cache, and not elsewhere through a link.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <exception cref="HubAnswerException">It is a link, or in one.</exception>
    public void RequireNoLink(string folder)
    {
        for (string? part = folder; part is not null && part.Length > _cache.Length; part = System.IO.Path.GetDirectoryName(part))
        {
            if (new DirectoryInfo(part).LinkTarget is { } target)
            {
                throw new HubAnswerException(
                    $"'{part}' is a link to '{target}', and nothing is written or removed through a link in the cache. "
                    + "Remove the link, or use another cache (HF_HUB_CACHE).");
            }
        }
    }

    /// <summary>A path in the repository, with this platform's separators.</summary>
    public static string Local(string path) =>
        Checked(path, FileNameRule.IsPlainPath(path)).Replace('/', System.IO.Path.DirectorySeparatorChar);

    // Names from the user or the Hub were checked on arrival; nothing else may become a path.
    private static string Checked(string name, bool isRight) =>
        isRight ? name : throw new ArgumentException($"'{name}' cannot be a file of the cache.", nameof(name));
}
