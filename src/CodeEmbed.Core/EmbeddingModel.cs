namespace CodeEmbed;

/// <summary>A model that an <see cref="IEmbeddingService"/> has loaded.</summary>
public sealed record EmbeddingModel
{
    /// <summary>The model's name on the Hub, or the last name of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>The length of its vectors.</summary>
    public required int Dimensions { get; init; }

    /// <summary>How many tokens it sees of a snippet, the special ones included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>How a longer text is treated.</summary>
    public EmbeddingOverflow Overflow { get; init; }

    /// <summary>The device that it runs on; never <see cref="EmbeddingDevice.Auto"/>.</summary>
    public required EmbeddingDevice Device { get; init; }

    /// <summary>Why it runs on that device, in a sentence a person can read.</summary>
    public required string DeviceReason { get; init; }

    /// <summary>
    ///   A warning for the user, such as a GPU that cannot be used, or that Int8 loses much on this model;
    ///   <see langword="null"/> if there is nothing to warn about.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>The arithmetic that it runs in.</summary>
    public required EmbeddingPrecision Precision { get; init; }

    /// <summary>
    ///   The processor's instructions for that precision, such as <c>AVX-512 VNNI</c>, if they matter; otherwise <see
    ///   langword="null"/>.
    /// </summary>
    public string? Instructions { get; init; }

    /// <summary>The fingerprint of its vectors; see <see cref="CodeEmbedding.Fingerprint"/>.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>
    ///   The parts of the fingerprint, by name: settings as text, and the digests of the weights and of the tokenizer.
    /// </summary>
    public IReadOnlyDictionary<string, string> FingerprintParts { get; init; } = new Dictionary<string, string>();

    /// <summary>
    ///   The options that it was loaded with, so that it can be loaded again in the same way; <see langword="null"/> if a service
    /// does not   say.
    /// </summary>
    public EmbeddingServiceOptions? Options { get; init; }

    /// <summary>The prompts that its files define, by name: texts to put before texts of a kind.</summary>
    public IReadOnlyDictionary<string, string> Prompts { get; init; } = new Dictionary<string, string>();

    /// <summary>How many threads embed.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    ///   The graphics card that it runs on: its name, its driver and its memory, or why they are not known; <see
    ///   langword="null"/> on the processor.
    /// </summary>
    public string? Accelerator { get; init; }

    /// <summary>
    ///   How many tokens a run has at most on a device that runs batches; <see langword="null"/> on any other.
    /// </summary>
    public int? MaxBatchTokens { get; init; }

    /// <summary>The program that runs it and its version, if there is one: <c>ONNX Runtime 1.31.0</c>.</summary>
    public string? Runtime { get; init; }
}
