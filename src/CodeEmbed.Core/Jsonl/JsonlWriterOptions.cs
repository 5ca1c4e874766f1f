namespace CodeEmbed.Jsonl;

/// <summary>How a <see cref="JsonlEmbeddingWriter"/> writes.</summary>
public sealed record JsonlWriterOptions
{
    /// <summary>
    ///   Adds to the target, in place, where it is there: what was added is cut off again if the writer is not completed, and there is
    ///   no partial file.
    /// </summary>
    public bool Append { get; init; }

    /// <summary>Writes to a read-only target, which stays read-only, and makes the folders that are missing.</summary>
    public bool Force { get; init; }

    /// <summary>
    ///   Writes <c>content_sha256</c> in the place of <c>content</c>: 64 hexadecimal digits, the SHA-256 of the content in UTF-8, lone
    ///   surrogates taken as U+FFFD. Such a file is no input.
    /// </summary>
    public bool ExcludeContent { get; init; }
}
