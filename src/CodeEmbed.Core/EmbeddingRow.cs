namespace CodeEmbed;

/// <summary>An embedding as a row of columns: how a store keeps it.</summary>
/// <remarks>
///   A store's columns have the names that the properties have in JSON Lines: <c>file_path</c> for <see cref="FilePath"/>. See
///   <c>docs/formats.md</c>.
/// </remarks>
public sealed record EmbeddingRow
{
    /// <summary>See <see cref="CodeSnippet.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary>See <see cref="CodeSnippet.FilePath"/>.</summary>
    public required string FilePath { get; init; }

    /// <summary>See <see cref="CodeSnippet.Language"/>.</summary>
    public required string Language { get; init; }

    /// <summary>See <see cref="CodeSnippet.Content"/>; <see langword="null"/> if it was left out.</summary>
    public string? Content { get; init; }

    /// <summary>The SHA-256 of the content in UTF-8, lone surrogates taken as U+FFFD: 64 hexadecimal digits.</summary>
    public required string ContentSha256 { get; init; }

    /// <summary>See <see cref="CodeSnippet.Version"/>.</summary>
    public string? Version { get; init; }

    /// <summary>See <see cref="CodeSnippet.GitHash"/>.</summary>
    public string? GitHash { get; init; }

    /// <summary>See <see cref="CodeSnippet.ChunkName"/>.</summary>
    public string? ChunkName { get; init; }

    /// <summary>See <see cref="CodeSnippet.ChunkType"/>.</summary>
    public string? ChunkType { get; init; }

    /// <summary>See <see cref="CodeSnippet.Metadata"/>: its JSON text, on one line.</summary>
    public string? Metadata { get; init; }

    /// <summary>
    ///   All other properties of the record, which have no column: the JSON text of one object, on one line;
    ///   <see langword="null"/> if the record has no other properties.
    /// </summary>
    public string? Properties { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Vector"/>.</summary>
    public required float[] Vector { get; init; }

    /// <summary>See <see cref="CodeEmbedding.ModelName"/>.</summary>
    public required string ModelName { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Precision"/>: its name in JSON, such as <c>float32</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Normalized"/>.</summary>
    public required bool Normalized { get; init; }

    /// <summary>See <see cref="CodeEmbedding.TokenCount"/>.</summary>
    public required int TokenCount { get; init; }

    /// <summary>See <see cref="CodeEmbedding.TruncatedTokens"/>.</summary>
    public required int TruncatedTokens { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Windows"/>.</summary>
    public int? Windows { get; init; }

    /// <summary>See <see cref="CodeEmbedding.Fingerprint"/>.</summary>
    public required string Fingerprint { get; init; }
}

/// <summary>What all rows of a store have in common.</summary>
/// <param name="Dimensions">How many numbers each vector has; 0 if there is no row.</param>
/// <param name="Fingerprint">See <see cref="CodeEmbedding.Fingerprint"/>; empty if there is no row.</param>
/// <param name="Model">
///   The model that made the embeddings: the JSON text of an <see cref="Indexes.IndexModel"/>; <see langword="null"/> if that is
///   not known.
/// </param>
/// <param name="Rows">How many rows there are; <see langword="null"/> for a store that does not say.</param>
public sealed record EmbeddingStoreHeader(int Dimensions, string Fingerprint, string? Model, long? Rows = null);
