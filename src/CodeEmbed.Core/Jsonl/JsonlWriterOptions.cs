namespace CodeEmbed.Jsonl;

/// <summary>How a <see cref="JsonlEmbeddingWriter"/> writes.</summary>
public sealed record JsonlWriterOptions
{
    /// <summary>
    ///   Continues what an interrupted run left in the partial file; where it left nothing, the run is an ordinary one. It cannot
    ///   be joined with <see cref="Append"/>.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    ///   Adds to the target, in place, where it is there: what was added is cut off again if the writer is not completed, and
    ///   there is no partial file.
    /// </summary>
    public bool Append { get; init; }

    /// <summary>Adds also to a target whose last embedding has another fingerprint.</summary>
    public bool AllowMixed { get; init; }

    /// <summary>
    ///   Leaves a target that is there as it is, also one that has come by the time of the end. With <see cref="Append"/> it says
    ///   nothing.
    /// </summary>
    public bool NoClobber { get; init; }

    /// <summary>
    ///   Writes to a read-only target, which stays read-only, makes the folders that are missing, and, without <see
    ///   cref="Resume"/>, drops what an interrupted run left.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>
    ///   Writes <c>content_sha256</c> in the place of <c>content</c>: 64 hexadecimal digits, the SHA-256 of the content in UTF-8,
    ///   lone surrogates taken as U+FFFD. Such a file is no input.
    /// </summary>
    public bool ExcludeContent { get; init; }

    /// <summary>How vectors are written in JSON Lines. For a target of another format it says nothing.</summary>
    public EmbeddingVectorEncoding VectorEncoding { get; init; }

    /// <summary>What knows Zstandard; a target whose name ends in <c>.zst</c> is not written without it.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>What knows stores; a target of one of the <see cref="EmbeddingFileFormat"/> is not written without it.</summary>
    public IEmbeddingStore? Store { get; init; }

    /// <summary>
    ///   Where the embeddings go when the output is complete. The target is then no more than a name: the partial file is beside
    ///   it, and is removed when all is in the database. It cannot be joined with <see cref="Append"/>.
    /// </summary>
    public IEmbeddingDatabase? Database { get; init; }
}
