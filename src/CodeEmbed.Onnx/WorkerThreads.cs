using System.Collections.Concurrent;
using System.Globalization;

namespace CodeEmbed.Onnx;

/// <summary>Threads that work off items in the order in which they came, whichever call brought them.</summary>
internal sealed class WorkerThreads : IDisposable
{
    private readonly BlockingCollection<Action> _calls = [];
    private readonly Thread[] _threads;

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

    /// <summary>Works off items.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">What is done with the item of a number, from 0 on. It may not throw.</param>
    /// <returns>A task that ends when all of them are done.</returns>
    public Task RunAsync(int count, Action<int> work)
    {
        if (count == 0)
            return Task.CompletedTask;

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int taken = 0, left = count;

        // Waking a thread takes longer than a short item: each is woken once, and takes items until there are no more.
        for (int i = 0; i < Math.Min(count, _threads.Length); i++)
            _calls.Add(TakeItems);

        return done.Task;

        void TakeItems()
        {
            while (Interlocked.Increment(ref taken) is var number && number <= count)
            {
                work(number - 1);
                if (Interlocked.Decrement(ref left) == 0)
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
