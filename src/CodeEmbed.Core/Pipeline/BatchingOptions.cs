namespace CodeEmbed.Pipeline;

/// <summary>How snippets are gathered into batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>The number of snippets in a batch if none is given.</summary>
    public const int DefaultBatchSize = 16;

    private readonly int _batchSize = DefaultBatchSize;
    private readonly int? _lookAhead;

    /// <summary>How many snippets make a batch; 16 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int BatchSize
    {
        get => _batchSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _batchSize = value;
        }
    }

    /// <summary>
    ///   How many batches may be in progress at once, waiting, being embedded or waiting to be taken. This bounds the memory of a
    ///   run. By default as many as keep the service busy, by its <see cref="IEmbeddingService.BatchesAtOnce"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? LookAhead
    {
        get => _lookAhead;
        init
        {
            if (value is { } batches)
                ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);

            _lookAhead = value;
        }
    }

    /// <summary>
    ///   Rejects snippets that cannot be embedded, and embeds the others. Otherwise the first failure ends the run.
    /// </summary>
    public bool SkipFailed { get; init; }
}
