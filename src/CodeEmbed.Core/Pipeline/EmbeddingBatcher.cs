using System.Diagnostics;

namespace CodeEmbed.Pipeline;

/// <summary>
///   Gathers snippets into batches, embeds them in the background, a few batches ahead, and returns them in order.
/// </summary>
/// <remarks>
///   <para>
///     The caller adds snippets one after the other and receives, with each, the batches that have become ready; at the end it
///     takes the rest. Adding waits only if enough batches are in progress to keep the service busy.
///   </para>
///   <para>For one caller at a time. Disposing stops the batch that is being embedded and waits for it to end.</para>
/// </remarks>
public sealed class EmbeddingBatcher : IDisposable
{
    /// <summary>How many snippets of a batch keep the service as busy as it can be kept by one batch.</summary>
    private const int FewSnippets = 12;

    /// <summary>How many reused embeddings may wait in a batch, besides its snippets, until it is full.</summary>
    private const int MostReused = 128;

    private readonly IEmbeddingService _service;
    private readonly BatchingOptions _options;
    private readonly CancellationTokenSource _stop;
    private readonly Queue<Task<EmbeddedBatch>> _underWay = new(), _running = new();
    private List<(CodeSnippet Snippet, CodeEmbedding? Reused)> _gathered = [];
    private int _batches, _toEmbed;
    private long _lastEnded; // Under the lock of _running.
    private bool _disposed;

    /// <summary>Makes a batcher. Nothing is started before the first batch is full.</summary>
    /// <param name="service">The service that embeds; it is not disposed.</param>
    /// <param name="options">How to batch; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public EmbeddingBatcher(
        IEmbeddingService service, BatchingOptions? options = null, CancellationToken cancellationToken = default)
    {
        _service = service;
        _options = options ?? new BatchingOptions();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>How many batches the service is given at once. This may be known only once its model is loaded.</summary>
    private int AtOnce
    {
        get
        {
            // If batches are large, fewer suffice, and more would only use memory: enough for the same number of snippets, and
            // one to begin while another ends.
            int batches = _service.BatchesAtOnce;
            int enough = (int)Math.Ceiling((double)batches * FewSnippets / _options.BatchSize) + 1;
            return Math.Clamp(batches, 1, enough);
        }
    }

    // If a service does one batch after the other, the next is gathered meanwhile.
    private int LookAhead => _options.LookAhead ?? Math.Max(AtOnce, 2);

    /// <summary>Adds a snippet.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <returns>The batches that have become ready, in order; usually none.</returns>
    /// <exception cref="CodeEmbedException">A batch failed; the batches before it have been returned.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async ValueTask<IReadOnlyList<EmbeddedBatch>> AddAsync(CodeSnippet snippet)
    {
        _gathered.Add((snippet, null));
        _toEmbed++;
        if (_toEmbed == _options.BatchSize)
            StartBatch();

        return await TakeReadyAsync().ConfigureAwait(false);
    }

    /// <summary>
    ///   Adds a snippet whose embedding is reused. It is returned in its place: alone, or in a batch with the snippets embedded
    ///   before and after it.
    /// </summary>
    /// <param name="embedding">The embedding.</param>
    /// <returns>The batches that have become ready, in order.</returns>
    /// <exception cref="CodeEmbedException">A batch failed; the batches before it have been returned.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public ValueTask<IReadOnlyList<EmbeddedBatch>> AddReusedAsync(CodeEmbedding embedding)
    {
        // A separate batch would count as one in progress, and the model would soon have nothing to do.
        _gathered.Add((embedding.Snippet, embedding));
        if (_underWay.Count == 0 && _toEmbed == 0)
            StartBatch();
        else if (_gathered.Count >= _options.BatchSize + MostReused)
            StartBatch();

        return TakeReadyAsync();
    }

    /// <summary>
    ///   Adds a snippet whose embedding an interrupted run has made. It is returned in its place, as a separate batch.
    /// </summary>
    /// <param name="embedding">The embedding.</param>
    /// <returns>The batches that have become ready, in order.</returns>
    /// <exception cref="CodeEmbedException">A batch failed; the batches before it have been returned.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public ValueTask<IReadOnlyList<EmbeddedBatch>> AddResumedAsync(CodeEmbedding embedding)
    {
        if (_gathered.Count > 0)
            StartBatch();

        _underWay.Enqueue(Task.FromResult(new EmbeddedBatch(0, [new Outcome<CodeEmbedding>(embedding)], TimeSpan.Zero)));
        return TakeReadyAsync();
    }

    /// <summary>Ends the input and takes the next of the remaining batches. Call it until it returns nothing.</summary>
    /// <returns>The next batch, or <see langword="null"/> after the last.</returns>
    /// <exception cref="CodeEmbedException">The batch failed.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async ValueTask<EmbeddedBatch?> CompleteAsync()
    {
        if (_gathered.Count > 0)
            StartBatch();

        return _underWay.Count == 0 ? null : await TakeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops the work and waits until all of it has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        _stop.Cancel();

        // Only their end matters, not their results: those were either taken before or are of no use now.
        foreach (Task batch in _running)
            batch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

        _underWay.Clear();
        _stop.Dispose();
    }

    private async ValueTask<IReadOnlyList<EmbeddedBatch>> TakeReadyAsync()
    {
        List<EmbeddedBatch>? ready = null;
        while (_underWay.TryPeek(out Task<EmbeddedBatch>? next)
            && (next.IsCompletedSuccessfully || (ready is null && (next.IsCompleted || _underWay.Count >= LookAhead))))
        {
            (ready ??= []).Add(await TakeAsync().ConfigureAwait(false));
        }

        return (IReadOnlyList<EmbeddedBatch>?)ready ?? [];
    }

    private Task<EmbeddedBatch> TakeAsync() => _underWay.Dequeue();

    private void StartBatch()
    {
        List<(CodeSnippet Snippet, CodeEmbedding? Reused)> gathered = _gathered;
        bool isReused = _toEmbed == 0;
        (_gathered, _toEmbed) = ([], 0);
        if (isReused)
        {
            CodeEmbedding[] reused = [.. gathered.Select(entry => entry.Reused!)];
            Outcome<CodeEmbedding>[] outcomes = [.. reused.Select(embedding => new Outcome<CodeEmbedding>(embedding))];
            _underWay.Enqueue(Task.FromResult(new EmbeddedBatch(0, outcomes, TimeSpan.Zero) { Reused = reused }));
            return;
        }

        Task<EmbeddedBatch>? before = _running.Count >= AtOnce ? _running.Dequeue() : null;
        Task<EmbeddedBatch> batch = EmbedAfterAsync(before, ++_batches, gathered);
        _running.Enqueue(batch);
        _underWay.Enqueue(batch);
    }

    /// <summary>Embeds a batch when an earlier one has ended; fails as that one does.</summary>
    private async Task<EmbeddedBatch> EmbedAfterAsync(
        Task? before, int number, List<(CodeSnippet Snippet, CodeEmbedding? Reused)> gathered)
    {
        if (before is not null)
            await before.ConfigureAwait(false);

        _stop.Token.ThrowIfCancellationRequested();
        long started = Stopwatch.GetTimestamp();
        CodeSnippet[] snippets = [.. gathered.Where(entry => entry.Reused is null).Select(entry => entry.Snippet)];
        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await _service.EmbedAsync(snippets, _stop.Token).ConfigureAwait(false);
        if (!_options.SkipFailed && outcomes.FirstOrDefault(outcome => outcome.IsRejected) is { Rejected.Reason: var reason })
        {
            throw reason is EmbeddingException failure
                ? failure.InBatch(number, [.. snippets.Select(snippet => snippet.Id)])
                : reason;
        }

        CodeEmbedding[] reused = [.. gathered.Select(entry => entry.Reused).OfType<CodeEmbedding>()];
        int embedded = 0;
        IReadOnlyList<Outcome<CodeEmbedding>> all = reused.Length == 0
            ? outcomes
            : [.. gathered.Select(
                entry => entry.Reused is null ? outcomes[embedded++] : new Outcome<CodeEmbedding>(entry.Reused))];
        return new EmbeddedBatch(number, all, TimeSince(started)) { Reused = reused };
    }

    /// <summary>The time of a batch that has ended. The time until another one ended counts for that one.</summary>
    /// <param name="started">When it started.</param>
    private TimeSpan TimeSince(long started)
    {
        lock (_running)
        {
            long counted = Math.Max(started, _lastEnded);
            _lastEnded = Stopwatch.GetTimestamp();
            return Stopwatch.GetElapsedTime(counted, _lastEnded);
        }
    }
}
