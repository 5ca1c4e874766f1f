using CodeEmbed.Runs;

namespace CodeEmbed.Pipeline;

/// <summary>A batch that has been embedded.</summary>
/// <param name="Number">Its number in the run; the first is 1. 0 if the model made none of its embeddings.</param>
/// <param name="Outcomes">The outcome of each of its snippets, in order.</param>
/// <param name="Duration">
///   How long the embedding took, from the end of the batch before if both were embedded at once; this includes loading the
///   model, if it was not loaded before.
/// </param>
public sealed record EmbeddedBatch(int Number, IReadOnlyList<Outcome<CodeEmbedding>> Outcomes, TimeSpan Duration)
{
    /// <summary>Its embeddings, in the order of the snippets.</summary>
    public IReadOnlyList<CodeEmbedding> Embeddings { get; } =
        [.. Outcomes.Select(outcome => outcome.Value).OfType<CodeEmbedding>()];

    /// <summary>The snippets of the batch that were rejected, in order.</summary>
    public IEnumerable<RejectedRecord> Rejected => Outcomes.Select(outcome => outcome.Rejected).OfType<RejectedRecord>();

    /// <summary>Those of its embeddings that were reused: the model made none of them in this run.</summary>
    public IReadOnlyList<CodeEmbedding> Reused { get; init; } = [];

    /// <summary>Whether an interrupted run made the batch's one embedding.</summary>
    public bool WasResumed => Number == 0 && Reused.Count == 0;

    /// <summary>How many embeddings of the batch the model made in this run.</summary>
    public int EmbeddedCount => WasResumed ? 0 : Embeddings.Count - Reused.Count;

    /// <summary>How many tokens the model saw in the batch.</summary>
    public long TokenCount => CountTokens(Embeddings) - CountTokens(Reused);

    /// <summary>The report on the batch.</summary>
    public BatchReport Report => new(Number, EmbeddedCount, TokenCount, Duration);

    private static long CountTokens(IEnumerable<CodeEmbedding> embeddings) =>
        embeddings.Sum(embedding => (long)embedding.TokenCount);
}
