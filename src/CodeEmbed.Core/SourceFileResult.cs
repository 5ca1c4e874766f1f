namespace CodeEmbed;

/// <summary>The result for one file or folder.</summary>
/// <param name="Path">Its full path.</param>
public sealed record SourceFileResult(string Path)
{
    /// <summary>The snippets, in the order of the text; none if it was skipped or cannot be read.</summary>
    public IReadOnlyList<CodeSnippet> Snippets { get; init; } = [];

    /// <summary>Remarks about it, as sentences: why it was skipped, or how it was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A warning about its contents, as a sentence, or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>Why it cannot be read, or <see langword="null"/>.</summary>
    public Exception? Error { get; init; }
}
