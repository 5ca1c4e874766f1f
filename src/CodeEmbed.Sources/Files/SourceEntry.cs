namespace CodeEmbed.Sources.Files;

/// <summary>What a walk finds: a file to read, or something that is skipped or cannot be read.</summary>
/// <param name="FullPath">Its full path.</param>
internal sealed record SourceEntry(string FullPath)
{
    /// <summary>Its path in the snippets, with <c>/</c>.</summary>
    public string RelativePath { get; init; } = string.Empty;

    /// <summary>Whether the user named it, so that it is read even if it is generated.</summary>
    public bool IsNamed { get; init; }

    /// <summary>The result if there is one already; <see langword="null"/> for a file to read.</summary>
    public SourceFileResult? Result { get; init; }

    /// <summary>Creates an entry for something that is skipped.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="why">Why, as a sentence.</param>
    public static SourceEntry Skipped(string path, string why) =>
        new(path) { Result = new SourceFileResult(path) { Notes = [$"skipped: {why}"] } };

    /// <summary>Creates an entry for something that cannot be read.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="error">The reason.</param>
    public static SourceEntry Failed(string path, Exception error) =>
        new(path) { Result = new SourceFileResult(path) { Error = error } };
}
