using CodeEmbed.Runs;

namespace CodeEmbed.Pipeline;

/// <summary>Reads snippets, embeds them in batches and writes the embeddings, as a stream.</summary>
/// <remarks>If the writer resumes an interrupted run, the embeddings of that run are not made again.</remarks>
/// <param name="reader">Where the snippets come from.</param>
/// <param name="service">The service that embeds them; it is not disposed.</param>
/// <param name="writer">Where the embeddings go; it is completed but not disposed.</param>
/// <param name="options">How to batch; <see langword="null"/> for the defaults.</param>
/// <param name="rejected">
///   Takes each record that is rejected: because it is not valid (<see cref="SkipInvalid"/>), or because it cannot be embedded
///   (<see cref="BatchingOptions.SkipFailed"/>).
/// </param>
/// <param name="rejects">Receives those records too, in the order of the input.</param>
/// <param name="reusable">
///   The embeddings of an earlier run, which are reused; it is disposed before the output replaces its target, which may be
///   one of its files.
/// </param>
public sealed class EmbeddingPipeline(
    ISnippetReader reader,
    IEmbeddingService service,
    IEmbeddingWriter writer,
    BatchingOptions? options = null,
    Action<RejectedRecord>? rejected = null,
    OrderedRejects? rejects = null,
    IReusableEmbeddings? reusable = null)
{
    private readonly BatchingOptions _options = options ?? new BatchingOptions();
    private readonly RunCounts _counts = new();
    private int _batches;
    private long _tokens, _reused, _embedded;

    /// <summary>Rejects records that are not valid, and continues. Otherwise the first one ends the run.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Runs the pipeline to the end of the input. For one run.</summary>
    /// <param name="cancellationToken">Stops the run; the output is then not completed.</param>
    /// <returns>The result of the run.</returns>
    /// <exception cref="CodeEmbedException">
    ///   The input, the model or the embedding failed; <see cref="CodeEmbedException.PartialFile"/> says where the
    ///   finished embeddings are.
    /// </exception>
    /// <exception cref="IOException">
    ///   A file cannot be read or written, the run would write to a file that it reads, or the interrupted run that it resumes
    ///   was made with other settings. The writer's <see cref="IEmbeddingWriter.PartialFile"/> says where the finished
    ///   embeddings are.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public async Task<PipelineSummary> RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            InputFile[] inputs = [.. reader.InputFiles.Select(InputFile.Of)];
            IResumedEmbeddings? resumed = null;
            using var batcher = new EmbeddingBatcher(service, _options, cancellationToken);
            await foreach (Outcome<CodeSnippet> record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _counts.Read++;
                if (record.IsRejected)
                {
                    if (!SkipInvalid)
                        throw record.Rejected.Reason;

                    rejects?.File.Write(record.Rejected);
                    Reject(record.Rejected);
                    continue;
                }

                resumed ??= await BeginAsync(inputs, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<EmbeddedBatch> ready =
                    await AddAsync(batcher, record.Value, resumed, cancellationToken).ConfigureAwait(false);
                foreach (EmbeddedBatch batch in ready)
                    await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }

            while (await batcher.CompleteAsync().ConfigureAwait(false) is { } batch)
                await WriteAsync(batch, cancellationToken).ConfigureAwait(false);

            if (reusable is not null)
            {
                if (resumed is null)
                    await reusable.BeginAsync(null, cancellationToken).ConfigureAwait(false);

                reusable.Dispose();
            }

            // First, so that nothing is left to do for a run whose output exists, should the process end in between.
            rejects?.File.Complete();
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new PipelineSummary(_counts.Read, _counts.Written, _counts.Rejected, _batches, _tokens)
            {
                Reuse = reusable is null ? null : new ReuseReport(_reused, _embedded, reusable.Dropped),
            };
        }
        catch (CodeEmbedException e)
        {
            e.PartialFile = writer.PartialFile;
            throw;
        }
    }

    private async Task<IResumedEmbeddings> BeginAsync(IReadOnlyList<InputFile> inputs, CancellationToken cancellationToken)
    {
        EmbeddingModel model = await service.LoadAsync(cancellationToken).ConfigureAwait(false);
        IResumedEmbeddings resumed = writer.Begin(new EmbeddingRun
        {
            Model = model,
            BatchSize = _options.BatchSize,
            Inputs = inputs,
            ReusedFrom = reusable?.Files ?? [],
            Counts = _counts,
        });
        if (reusable is not null)
            await reusable.BeginAsync(model, cancellationToken).ConfigureAwait(false);

        return resumed;
    }

    private async ValueTask<IReadOnlyList<EmbeddedBatch>> AddAsync(
        EmbeddingBatcher batcher, CodeSnippet snippet, IResumedEmbeddings resumed, CancellationToken cancellationToken)
    {
        CodeEmbedding? found = await resumed.FindAsync(snippet, cancellationToken).ConfigureAwait(false);
        rejects?.Expect();
        if (found is not null)
        {
            reusable?.Note(snippet);
            return await batcher.AddResumedAsync(found).ConfigureAwait(false);
        }

        found = reusable is null ? null : await reusable.FindAsync(snippet, cancellationToken).ConfigureAwait(false);
        return found is null
            ? await batcher.AddAsync(snippet).ConfigureAwait(false)
            : await batcher.AddReusedAsync(found).ConfigureAwait(false);
    }

    private void Reject(RejectedRecord record)
    {
        _counts.Rejected++;
        rejected?.Invoke(record);
    }

    private async ValueTask WriteAsync(EmbeddedBatch batch, CancellationToken cancellationToken)
    {
        rejects?.Settle(batch);
        foreach (RejectedRecord record in batch.Rejected)
            Reject(record);

        await writer.WriteAsync(batch.Embeddings, cancellationToken).ConfigureAwait(false);
        _counts.Written += batch.Embeddings.Count;
        _reused += batch.Reused.Count;
        if (batch.Number == 0)
            return;

        _embedded += batch.EmbeddedCount;
        _batches++;
        _tokens += batch.TokenCount;
    }
}
