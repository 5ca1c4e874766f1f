using CodeEmbed.Runs;

namespace CodeEmbed.Pipeline;

/// <summary>A batch that has been embedded.</summary>
/// <param name="Number">Its number in the run; the first is 1. 0 for an embedding that an interrupted run made.</param>
/// <param name="Outcomes">What came of each of its snippets, in order.</param>
/// <param name="Duration">
///   How long the embedding took, from the end of the batch before where both were embedded at once; this includes loading the
///   model, where nothing has loaded it before.
/// </param>
public sealed record EmbeddedBatch(int Number, IReadOnlyList<Outcome<CodeEmbedding>> Outcomes, TimeSpan Duration)
{
    /// <summary>Its embeddings, in the order of the snippets.</summary>
    public IReadOnlyList<CodeEmbedding> Embeddings { get; } =
        [.. Outcomes.Select(outcome => outcome.Value).OfType<CodeEmbedding>()];

    /// <summary>The snippets of the batch that were rejected, in order.</summary>
    public IEnumerable<RejectedRecord> Rejected => Outcomes.Select(outcome => outcome.Rejected).OfType<RejectedRecord>();

    /// <summary>Whether an interrupted run made the batch's one embedding.</summary>
    public bool WasResumed => Number == 0;

    /// <summary>How many tokens the model saw in the batch.</summary>
    public long TokenCount => Embeddings.Sum(embedding => (long)embedding.TokenCount);

    /// <summary>What to report of the batch.</summary>
    public BatchReport Report => new(Number, Embeddings.Count, TokenCount, Duration);
}
