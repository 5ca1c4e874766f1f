using CodeEmbed.Runs;

namespace CodeEmbed.Pipeline;

/// <summary>Reads snippets, embeds them in batches and writes the embeddings, as a stream.</summary>
/// <remarks>Where the writer resumes an interrupted run, what that run finished is not embedded again.</remarks>
/// <param name="reader">Where the snippets come from.</param>
/// <param name="service">What embeds them; it is not disposed.</param>
/// <param name="writer">Where the embeddings go; it is completed but not disposed.</param>
/// <param name="options">How to batch; <see langword="null"/> for the defaults.</param>
/// <param name="refused">
///   Takes each snippet that is passed over because it cannot be embedded (<see cref="BatchingOptions.SkipFailed"/>); those that are no
///   valid records are for the reader to tell of.
/// </param>
/// <param name="rejects">Gets those snippets too, in the order of the input; the reader may write what it refuses to the same file.</param>
public sealed class EmbeddingPipeline(
    ISnippetReader reader,
    IEmbeddingService service,
    IEmbeddingWriter writer,
    BatchingOptions? options = null,
    Action<RefusedRecord>? refused = null,
    OrderedRejects? rejects = null)
{
    private readonly BatchingOptions _options = options ?? new BatchingOptions();
    private readonly RunCounts _counts = new();
    private int _batches;
    private long _tokens;
    private long _snippets, _written, _failed;

    /// <summary>Runs the pipeline to the end of the input. For one run.</summary>
    /// <param name="cancellationToken">Stops the run; the output is then not completed.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="CodeEmbedException">
    ///   The input, the model or the embedding failed; <see cref="CodeEmbedException.PartialFile"/> says where the
    ///   finished embeddings are.
    /// </exception>
    /// <exception cref="IOException">
    ///   A file cannot be read or written, the run would write to a file that it reads, or the interrupted run that it resumes was
    ///   made with something else. Of the writer, <see cref="IEmbeddingWriter.PartialFile"/> says where the finished embeddings are.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<PipelineSummary> RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            foreach (string file in reader.InputFiles)
                writer.AddInput(InputFile.Of(file));

            using var batcher = new EmbeddingBatcher(service, _options, cancellationToken);
            await foreach (CodeSnippet snippet in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_snippets++ == 0)
                    await BeginAsync(cancellationToken).ConfigureAwait(false);

                _counts.Read = _snippets + reader.RefusedRecords;
                CodeEmbedding? finished = await writer.FindFinishedAsync(snippet, cancellationToken).ConfigureAwait(false);
                rejects?.Expect();
                IReadOnlyList<EmbeddedBatch> ready = finished is null
                    ? await batcher.AddAsync(snippet).ConfigureAwait(false)
                    : await batcher.AddFinishedAsync(finished).ConfigureAwait(false);
                foreach (EmbeddedBatch batch in ready)
                    await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }

            while (await batcher.CompleteAsync().ConfigureAwait(false) is { } batch)
                await WriteAsync(batch, cancellationToken).ConfigureAwait(false);

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new PipelineSummary(_snippets + reader.RefusedRecords, _written, _failed + reader.RefusedRecords, _batches, _tokens);
        }
        catch (CodeEmbedException e)
        {
            e.PartialFile = writer.PartialFile;
            throw;
        }
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        EmbeddingModel model = await Task.Run(() => service.Load(cancellationToken), cancellationToken).ConfigureAwait(false);
        writer.Begin(new EmbeddingRun { Model = model, BatchSize = _options.BatchSize, Counts = _counts });
    }

    private async ValueTask WriteAsync(EmbeddedBatch batch, CancellationToken cancellationToken)
    {
        _failed += batch.Refused.Count;
        _counts.Refused = _failed + reader.RefusedRecords;
        rejects?.Settle(batch);
        foreach (RefusedRecord record in batch.Refused)
            refused?.Invoke(record);

        await writer.WriteAsync(batch.Embeddings, cancellationToken).ConfigureAwait(false);
        _written += batch.Embeddings.Count;
        if (batch.WasFinishedBefore)
            return;

        _batches++;
        _tokens += batch.TokenCount;
    }
}
