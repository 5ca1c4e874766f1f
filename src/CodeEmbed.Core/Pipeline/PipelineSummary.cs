namespace CodeEmbed.Pipeline;

/// <summary>The result of a pipeline run. The records read are those written and those rejected.</summary>
/// <param name="Read">How many records were read.</param>
/// <param name="Written">How many embeddings were written, those that an interrupted run left included.</param>
/// <param name="Rejected">
///   How many records were rejected: because they were not valid, or because they could not be embedded.
/// </param>
/// <param name="Batches">In how many batches snippets were embedded.</param>
/// <param name="Tokens">How many tokens the model saw in them.</param>
public sealed record PipelineSummary(long Read, long Written, long Rejected, int Batches, long Tokens)
{
    /// <summary>How many of the given embeddings were reused; <see langword="null"/> if none were given.</summary>
    public ReuseReport? Reuse { get; init; }
}
