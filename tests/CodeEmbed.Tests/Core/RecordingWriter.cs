using CodeEmbed.Runs;

namespace CodeEmbed.Tests.Core;

/// <summary>Keeps what it is given, and whether it was completed and disposed.</summary>
internal sealed class RecordingWriter : IEmbeddingWriter
{
    /// <summary>The ids that were written.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>What happens before each write.</summary>
    public Action? OnWrite { get; init; }

    /// <summary>What happens before it is completed.</summary>
    public Action? OnComplete { get; init; }

    public string? PartialFile { get; init; }

    /// <summary>How often it was completed.</summary>
    public int Completions { get; private set; }

    /// <summary>Whether it was disposed.</summary>
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
