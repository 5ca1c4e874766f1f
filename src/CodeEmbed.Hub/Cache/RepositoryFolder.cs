using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Cache;

/// <summary>Where the cache keeps what belongs to one model, laid out as huggingface_hub does.</summary>
internal sealed class RepositoryFolder
{
    private const string Prefix = "models--", Separator = "--";

    private readonly string _locks;

    /// <summary>The folder of a model, which need not be there.</summary>
    /// <param name="cache">The folder of the cache.</param>
    /// <param name="id">The model; its revision does not matter.</param>
    public RepositoryFolder(string cache, HubModelId id)
    {
        string name = $"{Prefix}{id.Owner}{Separator}{id.Name}";
        Path = System.IO.Path.Combine(cache, name);
        _locks = System.IO.Path.Combine(cache, ".locks", name);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of the files themselves, each named by its hash.</summary>
    public string Blobs => System.IO.Path.Combine(Path, "blobs");

    /// <summary>The folder of the commits.</summary>
    public string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>The folder of the branches and tags.</summary>
    public string References => System.IO.Path.Combine(Path, "refs");

    /// <summary>The model that a folder of the cache is for, or <see langword="null"/>.</summary>
    public static HubModelId? FindModel(string folderName) =>
        folderName.StartsWith(Prefix, StringComparison.Ordinal)
        && folderName[Prefix.Length..].Split(Separator) is [string owner, string name]
        && HubModelId.TryParse($"{owner}/{name}", out HubModelId? id) ? id : null;

    /// <summary>The files of a commit.</summary>
    public string Snapshot(string commit) => System.IO.Path.Combine(Snapshots, Checked(commit, RevisionRule.IsCommit(commit)));

    /// <summary>A file of a commit.</summary>
    public string Pointer(string commit, string path) => System.IO.Path.Combine(Snapshot(commit), Local(path));

    /// <summary>The mark that a commit has no such file.</summary>
    public string Absence(string commit, string path) => System.IO.Path.Combine(Absences(commit), Local(path));

    /// <summary>The marks of what a commit does not have.</summary>
    public string Absences(string commit) => System.IO.Path.Combine(Path, ".no_exist", Checked(commit, RevisionRule.IsCommit(commit)));

    /// <summary>Where huggingface_hub keeps the listing of a commit.</summary>
    public string Listing(string commit) => System.IO.Path.Combine(Path, "trees", Checked(commit, RevisionRule.IsCommit(commit)) + ".json");

    /// <summary>The file that holds the commit of a branch or tag.</summary>
    public string Reference(string revision) =>
        System.IO.Path.Combine(References, Local(Checked(revision, RevisionRule.IsValid(revision))));

    /// <summary>A file itself.</summary>
    public string Blob(string hash) => System.IO.Path.Combine(Blobs, Checked(hash, FileNameRule.IsPlain(hash)));

    /// <summary>What has come of a file so far.</summary>
    public string Incomplete(string hash) => Blob(hash) + ".incomplete";

    /// <summary>The file that is locked while a file is being fetched.</summary>
    public string Lock(string hash) => System.IO.Path.Combine(_locks, Checked(hash, FileNameRule.IsPlain(hash)) + ".lock");

    /// <summary>A path of the repository as this platform writes it.</summary>
    public static string Local(string path) => Checked(path, FileNameRule.IsPlainPath(path)).Replace('/', System.IO.Path.DirectorySeparatorChar);

    // What a user or the Hub names has been checked where it came in; nothing else may become a path.
    private static string Checked(string name, bool isRight) =>
        isRight ? name : throw new ArgumentException($"'{name}' cannot be a file of the cache.", nameof(name));
}
