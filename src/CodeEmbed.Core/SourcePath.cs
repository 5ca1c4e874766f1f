namespace CodeEmbed;

/// <summary>A file or folder that snippets are made from.</summary>
/// <param name="FullPath">Its full path.</param>
public sealed record SourcePath(string FullPath)
{
    /// <summary>
    ///   The folder that the paths of snippets start from if there is no git repository; <see langword="null"/> for the folder
    ///   itself, or the one that the file is in.
    /// </summary>
    public string? BaseFolder { get; init; }

    /// <summary>
    ///   Whether the path was named itself, so that it is read although a rule leaves it out: an ignored, generated or vendored
    ///   file, or a link. The rules still apply to the contents of a folder.
    /// </summary>
    public bool IsNamed { get; init; }
}
