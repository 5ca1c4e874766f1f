using System.Collections.Concurrent;
using System.Globalization;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>
///   The queue for a device that runs batches. Snippets with similar lengths share a run, from any call; two runs are active at
///   a time, and snippets are tokenized at the same time.
/// </summary>
/// <remarks>
///   A run begins with the snippet that has waited longest, so that none waits forever and the output starts early. A run waits
///   to be full only while snippets are being tokenized; while the device is busy, more snippets arrive.
/// </remarks>
internal sealed class DeviceQueue : IDisposable
{
    /// <summary>While one runs, the other's ids and vectors are copied.</summary>
    private const int RunsAtOnce = 2;

    /// <summary>The maximum number of snippets in a run: a kernel's grid has at most 65,535 heads times sequences.</summary>
    private const int MostSnippets = 1024;

    private readonly Func<int, int> _paddedLength;
    private readonly Thread[] _threads;
    private readonly ConcurrentQueue<string> _notices = new();

    // Runs take the read lock; a run that needs the device to itself takes the write lock.
    private readonly ReaderWriterLockSlim _device = new();

    // The waiting snippets, by length; also the object that is locked.
    private readonly List<WaitingSnippet> _waiting = [];
    private long _waitingTokens, _arrived;
    private int _tokenizing, _budget;
    private bool _disposed;

    /// <summary>Creates the queue and starts its threads.</summary>
    /// <param name="paddedLength">Returns how many rows a snippet takes in a run if it is the longest, by its tokens.</param>
    /// <param name="budget">The maximum number of tokens in a run, including padding.</param>
    public DeviceQueue(Func<int, int> paddedLength, int budget)
    {
        _paddedLength = paddedLength;
        _budget = budget;
        _threads = [.. Enumerable.Range(1, RunsAtOnce).Select(number => new Thread(Work)
        {
            IsBackground = true,
            Name = string.Create(CultureInfo.InvariantCulture, $"CodeEmbed device {number}"),
        })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>The maximum number of tokens in a run, including padding.</summary>
    public int Budget => Volatile.Read(ref _budget);

    /// <summary>The number of snippets that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_waiting)
                return _tokenizing + _waiting.Count;
        }
    }

    /// <summary>Removes and returns the notices since the last call.</summary>
    public IReadOnlyList<string> TakeNotices()
    {
        var notices = new List<string>();
        while (_notices.TryDequeue(out string? notice))
            notices.Add(notice);

        return notices;
    }

    /// <summary>Embeds snippets.</summary>
    /// <param name="model">The model.</param>
    /// <param name="snippets">The snippets.</param>
    /// <param name="outcomes">Receives the outcome of each snippet that does not have one yet.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async Task EmbedAsync(
        LoadedModel model,
        IReadOnlyList<CodeSnippet> snippets,
        Outcome<CodeEmbedding>?[] outcomes,
        CancellationToken cancellationToken)
    {
        int[] missing = [.. Enumerable.Range(0, snippets.Count).Where(index => outcomes[index] is null)];
        if (missing.Length == 0)
            return;

        var batch = new DeviceBatch(model, outcomes, missing.Length, cancellationToken);
        long number;
        lock (_waiting)
        {
            _tokenizing += missing.Length;
            number = _arrived;
            _arrived += missing.Length;
        }

        await Task.Run(() => Tokenize(batch, snippets, missing, number), CancellationToken.None).ConfigureAwait(false);
        await batch.Done.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends the threads. No call may be running.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            _disposed = true;
            Monitor.PulseAll(_waiting);
        }

        foreach (Thread thread in _threads)
            thread.Join();

        _device.Dispose();
    }

    private void Tokenize(DeviceBatch batch, IReadOnlyList<CodeSnippet> snippets, int[] missing, long number)
    {
        foreach (int index in missing)
        {
            WaitingSnippet? made = null;
            try
            {
                if (!batch.IsStopped
                    && batch.Model.TryTokenize(snippets[index], out batch.Outcomes[index], batch.Stop) is { } tokenized)
                    made = new WaitingSnippet(batch, index, tokenized, number);
            }
            catch (Exception e)
            {
                // A stop, or a bug in this program: the caller that waits for the batch gets the exception.
                batch.Fail(e);
            }

            number++;
            if (made is null)
                batch.Settle(1);

            lock (_waiting)
            {
                _tokenizing--;
                if (made is not null)
                {
                    Add(made);
                    _waitingTokens += made.Length;
                }

                Monitor.PulseAll(_waiting);
            }
        }
    }

    private void Add(WaitingSnippet snippet)
    {
        int place = _waiting.BinarySearch(snippet, WaitingSnippet.ByLength);
        _waiting.Insert(place < 0 ? ~place : place, snippet);
    }

    private void Work()
    {
        while (Take() is { } run)
            Embed(run, isAlone: false);
    }

    /// <summary>The next run, or <see langword="null"/> at shutdown.</summary>
    private List<WaitingSnippet>? Take()
    {
        lock (_waiting)
        {
            while (!_disposed && (_waiting.Count == 0 || (_tokenizing > 0 && _waitingTokens < _budget)))
                Monitor.Wait(_waiting);

            if (_disposed)
                return null;

            int first = 0;
            for (int i = 1; i < _waiting.Count; i++)
            {
                if (_waiting[i].Number < _waiting[first].Number)
                    first = i;
            }

            (int start, int end) = Widen(first);
            List<WaitingSnippet> run = _waiting.GetRange(start, end - start);
            _waiting.RemoveRange(start, end - start);
            _waitingTokens -= run.Sum(snippet => (long)snippet.Length);
            return run;
        }
    }

    /// <summary>
    ///   The neighbours by length that share a run with a snippet: repeatedly adds the one that needs less padding, until the
    ///   budget is used, or until one is more than twice as long as another.
    /// </summary>
    private (int Start, int End) Widen(int first)
    {
        int start = first, end = first + 1;
        LoadedModel model = _waiting[first].Batch.Model;
        bool Fits(int from, int to)
        {
            if (from < 0 || to > _waiting.Count || to - from > MostSnippets)
                return false;

            int shortest = _waiting[from].Length, longest = _waiting[to - 1].Length;
            return _waiting[from].Batch.Model == model && _waiting[to - 1].Batch.Model == model
                && longest <= Math.Max(2 * shortest, 16)
                && (long)(to - from) * _paddedLength(longest) <= _budget;
        }

        while (true)
        {
            bool down = Fits(start - 1, end), up = Fits(start, end + 1);
            if (!down && !up)
                return (start, end);

            int longest = _waiting[end - 1].Length;
            long ofDown = down ? longest - _waiting[start - 1].Length : long.MaxValue;
            long ofUp = up ? (long)(_waiting[end].Length - longest) * (end - start) : long.MaxValue;
            if (ofDown < ofUp)
                start--;
            else
                end++;
        }
    }

    /// <summary>Embeds snippets in a run; if it fails, in smaller ones.</summary>
    /// <param name="run">The snippets.</param>
    /// <param name="isAlone">Whether no other run is active, whose memory this one may need.</param>
    /// <param name="mostWindows">How many windows of a snippet share a run at most.</param>
    private void Embed(List<WaitingSnippet> run, bool isAlone, int mostWindows = MostSnippets)
    {
        foreach (WaitingSnippet stopped in run.Where(snippet => snippet.Batch.IsStopped))
            stopped.Batch.Settle(1);

        run = [.. run.Where(snippet => !snippet.Batch.IsStopped)];
        if (run.Count == 0)
            return;

        WaitingSnippet[] divided = [.. run.Where(snippet => snippet.Tokenized.Windows is not null)];
        if (divided.Length > 0 && run.Count > 1)
        {
            foreach (WaitingSnippet snippet in divided)
                Embed([snippet], isAlone);

            Embed([.. run.Where(snippet => snippet.Tokenized.Windows is null)], isAlone);
            return;
        }

        int sequences = CountSequences(run, mostWindows);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            [.. run.Select(snippet => snippet.Batch.Stop).Distinct()]);
        try
        {
            Settle(run, Run(run, sequences, isAlone, stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // One of several batches may be stopped, but not the others.
            Embed(run, isAlone, mostWindows);
        }
        catch (Exception e) when (SnippetFailure.IsOfRun(e))
        {
            bool isOfMemory = SnippetFailure.IsOfMemory(e);

            // A snippet that is not alone on the device may only lack what the other run holds.
            if (isOfMemory && (run.Count > 1 || isAlone))
                ReduceBudget(run, sequences);

            if (run is not [var only])
            {
                // One of them is the cause, or together they need too much.
                Embed(run[..(run.Count / 2)], isAlone || isOfMemory);
                Embed(run[(run.Count / 2)..], isAlone || isOfMemory);
            }
            else if (isOfMemory && !isAlone)
            {
                Embed(run, isAlone: true, mostWindows);
            }
            else if (isOfMemory && sequences > 1)
            {
                // Its windows together need too much.
                Embed(run, isAlone: true, sequences / 2);
            }
            else
            {
                Settle(run, [SnippetFailure.Reject(only.Tokenized.Snippet, e)]);
            }
        }
        catch (Exception e)
        {
            foreach (WaitingSnippet snippet in run)
            {
                snippet.Batch.Fail(e);
                snippet.Batch.Settle(1);
            }
        }
    }

    /// <summary>How many sequences a run has at once: the snippets, or the windows of one.</summary>
    private int CountSequences(List<WaitingSnippet> run, int mostWindows) =>
        run is [{ Tokenized.Windows: { } windows } only]
            ? Math.Clamp(
                Budget / _paddedLength(only.Batch.Model.Description.MaxLength), 1, Math.Min(windows.Count, mostWindows))
            : run.Count;

    private Outcome<CodeEmbedding>[] Run(List<WaitingSnippet> run, int sequences, bool isAlone, CancellationToken stop)
    {
        if (isAlone)
            _device.EnterWriteLock();
        else
            _device.EnterReadLock();

        try
        {
            LoadedModel model = run[0].Batch.Model;
            return run is [{ Tokenized: { Windows: not null } only }]
                ? [model.EmbedWindows(only, sequences, stop)]
                : model.Embed([.. run.Select(snippet => snippet.Tokenized)], stop);
        }
        finally
        {
            if (isAlone)
                _device.ExitWriteLock();
            else
                _device.ExitReadLock();
        }
    }

    private static void Settle(List<WaitingSnippet> run, Outcome<CodeEmbedding>[] outcomes)
    {
        foreach ((WaitingSnippet snippet, Outcome<CodeEmbedding> outcome) in run.Zip(outcomes))
        {
            snippet.Batch.Outcomes[snippet.Index] = outcome;
            snippet.Batch.Settle(1);
        }
    }

    /// <summary>
    ///   Reduces the budget to half of what a run had that failed. Nothing changes if another failure reduced it to that.
    /// </summary>
    private void ReduceBudget(List<WaitingSnippet> run, int sequences)
    {
        bool isDivided = run[0].Tokenized.Windows is not null;
        int longest = _paddedLength(
            isDivided ? run[0].Batch.Model.Description.MaxLength : run.Max(snippet => snippet.Length));
        int reduced = (int)Math.Max(TokenBudget.Least, (long)sequences * longest / 2);
        lock (_waiting)
        {
            if (reduced >= _budget)
                return;

            _budget = reduced;
            string what = (isDivided ? "window" : "snippet") + (sequences == 1 ? string.Empty : "s");
            _notices.Enqueue(string.Create(
                CultureInfo.InvariantCulture,
                $"The device did not have enough memory for a run of {sequences} {what} of up to {longest} tokens. "
                + $"From now on, a run has at most {reduced} tokens."));
        }
    }

    /// <summary>A snippet that waits.</summary>
    /// <param name="Batch">Its batch.</param>
    /// <param name="Index">Its place in the batch.</param>
    /// <param name="Tokenized">Its tokens.</param>
    /// <param name="Number">How many arrived before it.</param>
    private sealed record WaitingSnippet(DeviceBatch Batch, int Index, TokenizedSnippet Tokenized, long Number)
    {
        public static IComparer<WaitingSnippet> ByLength { get; } =
            Comparer<WaitingSnippet>.Create((left, right) => left.Length.CompareTo(right.Length));

        public int Length => Tokenized.Tokens.Ids.Length;
    }

    /// <summary>A batch with waiting snippets.</summary>
    private sealed class DeviceBatch(
        LoadedModel model, Outcome<CodeEmbedding>?[] outcomes, int count, CancellationToken stop)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _failure;
        private int _left = count;

        public LoadedModel Model => model;

        public Outcome<CodeEmbedding>?[] Outcomes => outcomes;

        public CancellationToken Stop => stop;

        /// <summary>Whether it is not needed any more.</summary>
        public bool IsStopped => stop.IsCancellationRequested || Volatile.Read(ref _failure) is not null;

        public Task Done => _done.Task;

        public void Fail(Exception failure) =>
            Interlocked.CompareExchange(ref _failure, failure, null);

        /// <summary>Records that snippets are finished, with whatever outcome.</summary>
        public void Settle(int snippets)
        {
            if (Interlocked.Add(ref _left, -snippets) > 0)
                return;

            if (_failure is { } failure)
                _done.SetException(failure);
            else
                _done.SetResult();
        }
    }
}
