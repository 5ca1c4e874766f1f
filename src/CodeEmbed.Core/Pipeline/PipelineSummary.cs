namespace CodeEmbed.Pipeline;

/// <summary>What a run of the pipeline did. What was read is what was written and what was rejected.</summary>
/// <param name="Read">How many records were read.</param>
/// <param name="Written">How many embeddings were written, those that an interrupted run left included.</param>
/// <param name="Rejected">
///   How many records were rejected: because they were not valid, or because they could not be embedded.
/// </param>
/// <param name="Batches">In how many batches snippets were embedded.</param>
/// <param name="Tokens">How many tokens the model saw in them.</param>
public sealed record PipelineSummary(long Read, long Written, long Rejected, int Batches, long Tokens)
{
    /// <summary>What became of the embeddings that were given to be reused; <see langword="null"/> where none were.</summary>
    public ReuseReport? Reuse { get; init; }
}
