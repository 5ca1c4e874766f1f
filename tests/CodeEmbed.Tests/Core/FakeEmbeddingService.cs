using System.Collections.Concurrent;
using CodeEmbed.Runs;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   Embeds without a model: each vector holds the number of the batch, and each snippet has three tokens. Records the batches
///   that it received.
/// </summary>
internal sealed class FakeEmbeddingService : IEmbeddingService
{
    private readonly ConcurrentQueue<string[]> _batches = new();
    private int _calls;

    /// <summary>
    ///   Runs in a batch before it is embedded: a delay, or a failure that applies to each of its snippets. Receives the batch's
    ///   number, from 1.
    /// </summary>
    public Action<int, CancellationToken>? OnBatch { get; init; }

    /// <summary>The ids of each batch that was started.</summary>
    public string[][] Batches => [.. _batches];

    public int BatchesAtOnce { get; init; } = 1;

    /// <summary>Whether the service was disposed.</summary>
    public bool IsDisposed { get; private set; }

    public EmbeddingModel? Model { get; private set; }

    /// <summary>The description of its model.</summary>
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

    public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) => Task.FromResult(Model = Description);

    public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        Task.Run<IReadOnlyList<Outcome<CodeEmbedding>>>(() => Embed(snippets, cancellationToken), cancellationToken);

    public void Dispose() => IsDisposed = true;

    private Outcome<CodeEmbedding>[] Embed(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref _calls);
        _batches.Enqueue([.. snippets.Select(snippet => snippet.Id)]);
        try
        {
            OnBatch?.Invoke(number, cancellationToken);
            return [.. snippets.Select(snippet => new Outcome<CodeEmbedding>(Embed(snippet, number)))];
        }
        catch (CodeEmbedException e) when (e is EmbeddingException or SnippetValidationException)
        {
            return [.. snippets.Select(snippet => new Outcome<CodeEmbedding>(RejectedRecord.Of(snippet, e)))];
        }
    }

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
