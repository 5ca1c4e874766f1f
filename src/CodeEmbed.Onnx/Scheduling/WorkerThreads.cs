using System.Collections.Concurrent;
using System.Globalization;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>Threads that process items in the order of arrival, from any call.</summary>
internal sealed class WorkerThreads : IDisposable
{
    private readonly BlockingCollection<Action> _calls = [];
    private readonly Thread[] _threads;
    private int _waiting;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many.</param>
    public WorkerThreads(int count)
    {
        _threads = [.. Enumerable.Range(1, count).Select(number => new Thread(Work)
        {
            IsBackground = true,
            Name = string.Create(CultureInfo.InvariantCulture, $"CodeEmbed {number}"),
        })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>How many items wait for a thread, from all calls.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>
    ///   How many items a thread may take at once without leaving the others idle: its share of the waiting items from all
    ///   calls.
    /// </summary>
    public int FairShare => Math.Max(1, (Waiting + _threads.Length - 1) / _threads.Length);

    /// <summary>Processes items.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">
    ///   Processes the next items, one or several: each call of its argument returns the index of one, or
    ///   <see langword="null"/> if none is left. It is called until none is left, and must not throw.
    /// </param>
    /// <returns>A task that ends when all of them are done.</returns>
    public Task RunAsync(int count, Action<Func<int?>> work)
    {
        if (count == 0)
            return Task.CompletedTask;

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int next = 0, left = count;
        Interlocked.Add(ref _waiting, count);

        // Waking a thread takes longer than a short item: each is woken once, and takes items until none is left.
        for (int i = 0; i < Math.Min(count, _threads.Length); i++)
            _calls.Add(TakeItems);

        return done.Task;

        void TakeItems()
        {
            while (Volatile.Read(ref next) < count)
            {
                int taken = 0;
                work(() =>
                {
                    if (Interlocked.Increment(ref next) is var number && number > count)
                        return null;

                    Interlocked.Decrement(ref _waiting);
                    taken++;
                    return number - 1;
                });
                if (taken > 0 && Interlocked.Add(ref left, -taken) == 0)
                    done.SetResult();
            }
        }
    }

    /// <summary>Ends the threads. No call may be running.</summary>
    public void Dispose()
    {
        _calls.CompleteAdding();
        foreach (Thread thread in _threads)
            thread.Join();

        _calls.Dispose();
    }

    private void Work()
    {
        foreach (Action takeItems in _calls.GetConsumingEnumerable())
            takeItems();
    }
}
