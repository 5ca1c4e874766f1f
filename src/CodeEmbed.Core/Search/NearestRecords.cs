namespace CodeEmbed.Search;

/// <summary>
///   The records with the highest scores so far. Among records with the same score the earlier ones are kept, so that the
///   result is the same everywhere.
/// </summary>
/// <param name="top">How many are kept.</param>
internal sealed class NearestRecords(int top)
{
    // Its first entry is the one to drop: the lowest score, and among equal scores the one that came last.
    private readonly PriorityQueue<(double Score, VectorRecord Record), (double Score, long Order)> _kept =
        new(Comparer<(double Score, long Order)>.Create((x, y) =>
            x.Score != y.Score ? x.Score.CompareTo(y.Score) : y.Order.CompareTo(x.Order)));

    private long _added;

    /// <summary>A record with a score below this one would not be kept.</summary>
    public double Least =>
        _kept.Count == top && _kept.TryPeek(out _, out var lowest) ? lowest.Score : double.NegativeInfinity;

    /// <summary>Whether a record with a score would be kept now.</summary>
    /// <param name="score">Its score.</param>
    public bool Takes(double score) => _kept.Count < top || (_kept.TryPeek(out _, out var lowest) && score > lowest.Score);

    /// <summary>Adds a record, which comes after those that were added before.</summary>
    /// <param name="score">Its score.</param>
    /// <param name="record">The record.</param>
    public void Add(double score, VectorRecord record)
    {
        var priority = (score, _added++);
        if (_kept.Count < top)
            _kept.Enqueue((score, record), priority);
        else
            _kept.EnqueueDequeue((score, record), priority);
    }

    /// <summary>Takes all records out, the nearest first.</summary>
    public IReadOnlyList<(double Score, VectorRecord Record)> TakeAll()
    {
        var all = new (double Score, VectorRecord Record)[_kept.Count];
        for (int i = all.Length - 1; i >= 0; i--)
            all[i] = _kept.Dequeue();

        return all;
    }
}
