namespace CodeEmbed.Pipeline;

/// <summary>Reads snippets, embeds them in batches and writes the embeddings, as a stream.</summary>
/// <param name="reader">Where the snippets come from.</param>
/// <param name="service">What embeds them; it is not disposed.</param>
/// <param name="writer">Where the embeddings go; it is completed but not disposed.</param>
/// <param name="options">How to batch; <see langword="null"/> for the defaults.</param>
public sealed class EmbeddingPipeline(
    ISnippetReader reader,
    IEmbeddingService service,
    IEmbeddingWriter writer,
    BatchingOptions? options = null)
{
    private int _batches;
    private long _snippets, _tokens;

    /// <summary>Runs the pipeline to the end of the input. For one run.</summary>
    /// <param name="cancellationToken">Stops the run; the output is then not completed.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="CodeEmbedException">
    ///   The input, the model or the embedding failed; <see cref="CodeEmbedException.PartialFile"/> says where the
    ///   finished embeddings are.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<PipelineSummary> RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using var batcher = new EmbeddingBatcher(service, options, cancellationToken);
            await foreach (CodeSnippet snippet in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (EmbeddedBatch batch in await batcher.AddAsync(snippet).ConfigureAwait(false))
                    await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }

            while (await batcher.CompleteAsync().ConfigureAwait(false) is { } batch)
                await WriteAsync(batch, cancellationToken).ConfigureAwait(false);

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new PipelineSummary(_snippets, _batches, _tokens);
        }
        catch (CodeEmbedException e)
        {
            e.PartialFile = writer.PartialFile;
            throw;
        }
    }

    private async ValueTask WriteAsync(EmbeddedBatch batch, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(batch.Embeddings, cancellationToken).ConfigureAwait(false);
        _batches++;
        _snippets += batch.Embeddings.Count;
        _tokens += batch.TokenCount;
    }
}
