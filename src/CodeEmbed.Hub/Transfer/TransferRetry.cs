using System.Runtime.ExceptionServices;

namespace CodeEmbed.Hub.Transfer;

/// <summary>Decides after a failure whether to try again, and waits before that.</summary>
/// <param name="limits">How often, and how long.</param>
/// <param name="connection">The connection that failed.</param>
internal sealed class TransferRetry(TransferLimits limits, HubConnection connection)
{
    private int _failures;

    /// <summary>Runs something until it succeeds or another try is of no use.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> run, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await run().ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e))
            {
                await PauseAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether the same request may succeed later.</summary>
    /// <remarks>
    ///   If the Hub never answered, there is no network, and waiting would only delay the error.
    /// </remarks>
    public bool IsTransient(Exception e) => e switch
    {
        TransferCutException => true,
        HubStatusException status => status.IsTransient,
        HttpRequestException => connection.HasAnswered,
        _ => false,
    };

    /// <summary>Restarts the count, because data was received.</summary>
    public void Progressed() => _failures = 0;

    /// <summary>Waits before the next try, or throws the failure after the last one.</summary>
    public async Task PauseAsync(Exception failure, CancellationToken cancellationToken)
    {
        _failures++;
        TimeSpan grown = limits.FirstPause * Math.Pow(2, _failures - 1);
        TimeSpan pause = failure is HubStatusException { RetryAfter: { } asked } && asked > TimeSpan.Zero ? asked
            : grown < limits.LongestPause ? grown : limits.LongestPause;
        if (_failures >= limits.Attempts || pause > limits.LongestPause)
            ExceptionDispatchInfo.Throw(failure);

        await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
    }
}
