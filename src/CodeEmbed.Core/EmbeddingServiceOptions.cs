namespace CodeEmbed;

/// <summary>Which model an <see cref="IEmbeddingService"/> runs, and how.</summary>
public sealed record EmbeddingServiceOptions
{
    /// <summary>The maximum length if none is given and none of the model's files says what it can see: 512 tokens.</summary>
    public const int DefaultMaxLength = 512;

    /// <summary>The smallest maximum length: the two special tokens and one of the snippet.</summary>
    public const int SmallestMaxLength = 3;

    private readonly int? _threads, _maxBatchTokens;

    /// <summary>A model folder, or the name of a model in <see cref="BundledModels"/>.</summary>
    public required string Model { get; init; }

    /// <summary>The model's name in the output; <see langword="null"/> for the last name of its folder.</summary>
    public string? ModelName { get; init; }

    /// <summary>
    ///   The name by which a model that is not the user's folder is found again: on the Hub, or in
    ///   <see cref="BundledModels"/>. It is written next to the embeddings, and does not change them.
    /// </summary>
    public string? ModelSource { get; init; }

    /// <summary>The commit of a model on the Hub, if it is known. It does not change the vectors.</summary>
    public string? Revision { get; init; }

    /// <summary>
    ///   The folder that a relative path starts from; <see langword="null"/> for the process's working directory.
    /// </summary>
    public string? BaseFolder { get; init; }

    /// <summary>
    ///   A folder that holds models by name; <see langword="null"/> for the folder <c>models</c> next to the program, if there
    ///   is one.
    /// </summary>
    public string? BundledModels { get; init; }

    /// <summary>
    ///   How many tokens the model sees of a snippet, the special ones included; <see langword="null"/> for as many as the
    ///   model's files intend, or else as its positions and its tokenizer allow, or else <see cref="DefaultMaxLength"/>.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>How a text is treated that is longer than <see cref="MaxLength"/>.</summary>
    public EmbeddingOverflow Overflow { get; init; } = EmbeddingOverflow.Truncate;

    /// <summary>
    ///   Whether vectors are scaled to Euclidean length 1; otherwise they are left as pooled. A sentence-transformers model
    ///   that does not scale its vectors never does.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <summary>How the hidden states become one vector.</summary>
    public EmbeddingPooling Pooling { get; init; } = EmbeddingPooling.None;

    /// <summary>
    ///   How many of the first dimensions are kept, before the vector is scaled to length 1: for models that were trained for it
    ///   (Matryoshka representation learning, arXiv:2205.13147). <see langword="null"/> for all.
    /// </summary>
    public int? Dimensions { get; init; }

    /// <summary>
    ///   A text that is put before every snippet; empty for none, <see langword="null"/> for the prompt that <see
    ///   cref="PromptName"/> names.
    /// </summary>
    public string? Prompt { get; init; }

    /// <summary>The name of one of the model's prompts; <see langword="null"/> for the model's default, if it has one.</summary>
    public string? PromptName { get; init; }

    /// <summary>The device that the model runs on.</summary>
    public EmbeddingDevice Device { get; init; } = EmbeddingDevice.Auto;

    /// <summary>The arithmetic that it runs in.</summary>
    public EmbeddingPrecision Precision { get; init; } = EmbeddingPrecision.Float32;

    /// <summary>
    ///   How many threads embed, each one snippet at a time; <see langword="null"/> for one for each physical core. Never more
    ///   than the processors that this process may use. It changes no vector.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? Threads
    {
        get => _threads;
        init
        {
            if (value is { } threads)
                ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(Threads));

            _threads = value;
        }
    }

    /// <summary>
    ///   How many tokens a run on a device with its own memory has at most, padding included; a longer
    ///   snippet gets a separate run. <see langword="null"/> to choose by the device's memory. It changes a vector by no more
    ///   than the order of sums does. On the processor it is an error.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? MaxBatchTokens
    {
        get => _maxBatchTokens;
        init
        {
            if (value is { } tokens)
                ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1, nameof(MaxBatchTokens));

            _maxBatchTokens = value;
        }
    }
}
