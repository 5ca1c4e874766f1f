namespace CodeEmbed.Pipeline;

/// <summary>What a run of the pipeline did.</summary>
/// <param name="Snippets">How many snippets were read, embedded and written.</param>
/// <param name="Batches">In how many batches.</param>
/// <param name="Tokens">How many tokens the model saw.</param>
public sealed record PipelineSummary(long Snippets, int Batches, long Tokens);
