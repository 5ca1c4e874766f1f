namespace CodeEmbed;

/// <summary>A snippet and its embedding.</summary>
public sealed class CodeEmbedding
{
    /// <summary>The snippet that was embedded.</summary>
    public required CodeSnippet Snippet { get; init; }

    /// <summary>The embedding: one number for each dimension of the model.</summary>
    public required float[] Vector { get; init; }

    /// <summary>The model's name on the Hub, <c>owner/name</c>, or the last name of its folder; never a path.</summary>
    public required string ModelName { get; init; }

    /// <summary>The arithmetic that made the vector.</summary>
    public required EmbeddingPrecision Precision { get; init; }

    /// <summary>Whether the vector was scaled to Euclidean length 1.</summary>
    public required bool Normalized { get; init; }

    /// <summary>
    ///   How many tokens the model saw, the special ones included; with several <see cref="Windows"/>, their total.
    /// </summary>
    public required int TokenCount { get; init; }

    /// <summary>How many tokens of the snippet the model did not see, because it was cut to the maximum length.</summary>
    public required int TruncatedTokens { get; init; }

    /// <summary>
    ///   In how many windows the model saw the snippet; <see langword="null"/> if none was asked for: see
    ///   <see cref="EmbeddingOverflow.Window"/>.
    /// </summary>
    public int? Windows { get; init; }

    /// <summary>
    ///   16 hexadecimal digits over everything that decides the numbers: weights, tokenizer, pooling, maximum length, the
    ///   treatment of longer texts, precision, normalisation, and the version of the arithmetic. Vectors with different
    ///   fingerprints cannot be compared.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>
    ///   The snippet's <see cref="CodeSnippet.Id"/>. This property and those below are the columns of the default table view.
    /// </summary>
    public string? Id => Snippet?.Id;

    /// <summary>The snippet's <see cref="CodeSnippet.Language"/>.</summary>
    public string? Language => Snippet?.Language;

    /// <summary>The snippet's <see cref="CodeSnippet.FilePath"/>.</summary>
    public string? FilePath => Snippet?.FilePath;

    /// <summary>The same as <see cref="TokenCount"/>.</summary>
    public int Tokens => TokenCount;

    /// <summary>How many numbers the <see cref="Vector"/> has.</summary>
    public int Dimensions => Vector?.Length ?? 0;

    /// <summary>The same as <see cref="ModelName"/>.</summary>
    public string? Model => ModelName;

    /// <summary>
    ///   The same embedding with another instance of its snippet, which may have more, such as where it was read.
    /// </summary>
    internal CodeEmbedding With(CodeSnippet snippet) => new()
    {
        Snippet = snippet,
        Vector = Vector,
        ModelName = ModelName,
        Precision = Precision,
        Normalized = Normalized,
        TokenCount = TokenCount,
        TruncatedTokens = TruncatedTokens,
        Windows = Windows,
        Fingerprint = Fingerprint,
    };

    /// <summary>Returns the snippet's id.</summary>
    public override string ToString() => Snippet?.ToString() ?? string.Empty;
}
