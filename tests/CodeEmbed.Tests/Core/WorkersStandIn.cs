namespace CodeEmbed.Tests.Core;

/// <summary>
///   Stands in for a service with many workers: like a worker, each takes the next snippet when it has finished one. No snippet
///   finishes before there are enough to keep every worker busy, with one more waiting for each, so a run that provides fewer
///   never ends.
/// </summary>
/// <param name="workers">The number of workers.</param>
/// <param name="input">The number of snippets in the input.</param>
internal sealed class WorkersStandIn(int workers, int input) : IEmbeddingService
{
    private readonly FakeEmbeddingService _inner = new();
    private readonly Queue<(int Count, TaskCompletionSource Done)> _batches = new();
    private int _given, _done;

    public EmbeddingModel? Model => _inner.Model;

    public int BatchesAtOnce => 2 * workers;

    /// <summary>The largest number of snippets that were waiting at once.</summary>
    public int MostAtHand { get; private set; }

    public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) => _inner.LoadAsync(cancellationToken);

    public async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_batches)
        {
            _batches.Enqueue((snippets.Count, done));
            _given += snippets.Count;
            MostAtHand = Math.Max(MostAtHand, _given - _done);
            while (
                (_given == input || _given - _done >= 2 * workers) && _batches.TryDequeue(
                    out (int Count, TaskCompletionSource Done) first))
            {
                _done += first.Count;
                first.Done.SetResult();
            }
        }

        await done.Task.WaitAsync(cancellationToken);
        return await _inner.EmbedAsync(snippets, cancellationToken);
    }

    public void Dispose() => _inner.Dispose();
}
