namespace CodeEmbed.Hub;

/// <summary>A model in the cache at one commit, with its details.</summary>
public sealed record CachedRevision
{
    /// <summary>The model's name on the Hub: <c>owner/name</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The commit.</summary>
    public required string Commit { get; init; }

    /// <summary>The branches and tags that refer to this commit in the cache, in order.</summary>
    public required IReadOnlyList<string> Revisions { get; init; }

    /// <summary>The folder with the files.</summary>
    public required string Folder { get; init; }

    /// <summary>The files, in the order of their paths.</summary>
    public required IReadOnlyList<CachedFile> Files { get; init; }

    /// <summary>The length of all files in bytes. Another revision may share some of them.</summary>
    public required long Size { get; init; }

    /// <summary>Whether every file is there that is needed to run the model.</summary>
    public required bool IsComplete { get; init; }
}

/// <summary>A file of a model in the cache.</summary>
/// <param name="Path">Its path in the repository, with slashes.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record CachedFile(string Path, long Size);
