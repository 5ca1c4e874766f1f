namespace CodeEmbed.Hub.Transfer;

/// <summary>Ends a wait for the server when nothing comes for too long, and immediately when the user stops it.</summary>
/// <param name="limit">How long the server may send nothing.</param>
/// <param name="cancellationToken">Cancelled when the user stops.</param>
internal sealed class StallClock(TimeSpan limit, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Waits for the server once.</summary>
    /// <exception cref="TransferCutException">The server sent nothing for too long.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> wait)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _source.CancelAfter(limit);
        try
        {
            T result = await wait(_source.Token).ConfigureAwait(false);
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
            return result;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // A connection that is torn down because the user stopped can fail in other ways too.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (_source.IsCancellationRequested)
        {
            throw new TransferCutException($"the server sent nothing for {limit.TotalSeconds:0.#} seconds", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}

/// <summary>A transfer ended early, or the server stopped sending; the next try may continue it.</summary>
/// <param name="message">What happened, in a phrase.</param>
/// <param name="innerException">The cause.</param>
internal sealed class TransferCutException(string message, Exception? innerException = null) : Exception(message, innerException);
