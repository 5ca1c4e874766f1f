namespace CodeEmbed.Jsonl;

/// <summary>How a <see cref="JsonlEmbeddingWriter"/> writes.</summary>
public sealed record JsonlWriterOptions
{
    /// <summary>
    ///   Continues the partial file of an interrupted run; without a partial file, the run is an ordinary one. It cannot
    ///   be combined with <see cref="Append"/>.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    ///   Appends to the target, in place, if it exists: the added lines are cut off again if the writer is not completed, and
    ///   there is no partial file.
    /// </summary>
    public bool Append { get; init; }

    /// <summary>Adds also to a target whose last embedding has another fingerprint.</summary>
    public bool AllowMixed { get; init; }

    /// <summary>
    ///   Keeps a target that exists, also one that appears before the end. With <see cref="Append"/> it has
    ///   no effect.
    /// </summary>
    public bool NoClobber { get; init; }

    /// <summary>
    ///   Writes to a read-only target, which stays read-only, makes the folders that are missing, and, without <see
    ///   cref="Resume"/>, drops what an interrupted run left.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>
    ///   Writes <c>content_sha256</c> instead of <c>content</c>: 64 hexadecimal digits, the SHA-256 of the content in UTF-8,
    ///   lone surrogates taken as U+FFFD. Such a file cannot be an input.
    /// </summary>
    public bool ExcludeContent { get; init; }

    /// <summary>How vectors are written in JSON Lines. For a target of another format it has no effect.</summary>
    public EmbeddingVectorEncoding VectorEncoding { get; init; }

    /// <summary>The adapter for Zstandard; a target whose name ends in <c>.zst</c> is not written without it.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>
    ///   The adapter for stores; a target of one of the <see cref="EmbeddingFileFormat"/> is not written without it.
    /// </summary>
    public IEmbeddingStore? Store { get; init; }

    /// <summary>
    ///   The database that receives the embeddings when the output is complete. The target is then only a name: the partial file
    ///   is next to it, and is removed when everything is in the database. It cannot be combined with <see cref="Append"/>.
    /// </summary>
    public IEmbeddingDatabase? Database { get; init; }
}
