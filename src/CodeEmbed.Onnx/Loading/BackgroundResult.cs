namespace CodeEmbed.Onnx.Loading;

/// <summary>A value that is computed in the background. Disposing it stops the computation and waits for it to end.</summary>
/// <typeparam name="T">The value's type.</typeparam>
internal sealed class BackgroundResult<T> : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task<T> _task;

    /// <summary>Starts the computation.</summary>
    public BackgroundResult(Func<CancellationToken, T> compute, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _task = Task.Run(() => compute(_stop.Token), CancellationToken.None);
    }

    /// <summary>Waits for the value.</summary>
    public T Wait() => _task.GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        ((Task)_task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        _stop.Dispose();
    }
}
