namespace CodeEmbed;

/// <summary>What came of one file or folder.</summary>
/// <param name="Path">Its full path.</param>
public sealed record SourceFileResult(string Path)
{
    /// <summary>The snippets, in the order of the text; none for what was skipped or cannot be read.</summary>
    public IReadOnlyList<CodeSnippet> Snippets { get; init; } = [];

    /// <summary>What is to be told of it, as sentences: why it was skipped, or how it was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A doubt about what was read, as a sentence, or <see langword="null"/>.</summary>
    public string? Warning { get; init; }

    /// <summary>Why it cannot be read, or <see langword="null"/>.</summary>
    public Exception? Error { get; init; }
}
