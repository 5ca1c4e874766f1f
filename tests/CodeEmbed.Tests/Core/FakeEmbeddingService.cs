using System.Collections.Concurrent;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   Embeds without a model: each vector holds the number of the batch, each snippet has three tokens. Remembers the
///   batches that it was given.
/// </summary>
internal sealed class FakeEmbeddingService : IEmbeddingService
{
    private readonly ConcurrentQueue<string[]> _batches = new();
    private int _calls;

    /// <summary>What happens in a batch before it is embedded: a delay, a failure. Gets the batch's number, from 1.</summary>
    public Action<int, CancellationToken>? OnBatch { get; init; }

    /// <summary>The ids of each batch that was begun.</summary>
    public string[][] Batches => [.. _batches];

    public int BatchesAtOnce { get; init; } = 1;

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed { get; private set; }

    public EmbeddingModel? Model { get; private set; }

    /// <summary>What it says of its model.</summary>
    public EmbeddingModel Description { get; init; } = new()
    {
        Name = "fake",
        Dimensions = 1,
        MaxLength = 512,
        Device = EmbeddingDevice.Cpu,
        DeviceReason = "it is a fake",
        Precision = EmbeddingPrecision.Float32,
        Fingerprint = "00000000000000ff",
    };

    public EmbeddingModel Load(CancellationToken cancellationToken = default) => Model = Description;

    public IReadOnlyList<CodeEmbedding> EmbedBatch(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
    {
        int number = Interlocked.Increment(ref _calls);
        _batches.Enqueue([.. snippets.Select(snippet => snippet.Id)]);
        OnBatch?.Invoke(number, cancellationToken);
        return [.. snippets.Select(snippet => Embed(snippet, number))];
    }

    public void Dispose() => IsDisposed = true;

    private static CodeEmbedding Embed(CodeSnippet snippet, int batch) => new()
    {
        Snippet = snippet,
        Vector = [batch],
        ModelName = "fake",
        Precision = EmbeddingPrecision.Float32,
        Normalized = false,
        TokenCount = 3,
        TruncatedTokens = 0,
        Fingerprint = "00000000000000ff",
    };
}
