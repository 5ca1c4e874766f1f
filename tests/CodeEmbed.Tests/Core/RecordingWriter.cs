using CodeEmbed.Runs;

namespace CodeEmbed.Tests.Core;

/// <summary>Records the embeddings that it receives, and whether it was completed and disposed.</summary>
internal sealed class RecordingWriter : IEmbeddingWriter
{
    /// <summary>The ids that were written.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>Runs before each write.</summary>
    public Action? OnWrite { get; init; }

    /// <summary>Runs before the writer is completed.</summary>
    public Action? OnComplete { get; init; }

    public string? PartialFile { get; init; }

    /// <summary>The number of times that the writer was completed.</summary>
    public int Completions { get; private set; }

    /// <summary>Whether the writer was disposed.</summary>
    public bool IsDisposed { get; private set; }

    public IResumedEmbeddings Begin(EmbeddingRun run) => IResumedEmbeddings.None;

    public ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default)
    {
        OnWrite?.Invoke();
        Ids.AddRange(embeddings.Select(embedding => embedding.Snippet.Id));
        return ValueTask.CompletedTask;
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        OnComplete?.Invoke();
        Completions++;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
