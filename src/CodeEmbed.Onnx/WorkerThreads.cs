using System.Collections.Concurrent;
using System.Globalization;

namespace CodeEmbed.Onnx;

/// <summary>Threads that work off items in the order in which they came, whichever call brought them.</summary>
internal sealed class WorkerThreads : IDisposable
{
    private readonly BlockingCollection<Action> _items = [];
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

    /// <summary>Works off items, and waits until all of them are done.</summary>
    /// <param name="items">The items. None may throw.</param>
    public void Run(IReadOnlyCollection<Action> items)
    {
        if (items.Count == 0)
            return;

        using var left = new CountdownEvent(items.Count);
        foreach (Action item in items)
        {
            _items.Add(() =>
            {
                item();
                left.Signal();
            });
        }

        left.Wait();
    }

    /// <summary>Ends the threads. No call may be running.</summary>
    public void Dispose()
    {
        _items.CompleteAdding();
        foreach (Thread thread in _threads)
            thread.Join();

        _items.Dispose();
    }

    private void Work()
    {
        foreach (Action item in _items.GetConsumingEnumerable())
            item();
    }
}
