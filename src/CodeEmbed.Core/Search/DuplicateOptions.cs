namespace CodeEmbed.Search;

/// <summary>Which records count as duplicates, and the resources of the search.</summary>
public sealed record DuplicateOptions
{
    /// <summary>The default of the smallest score of duplicates.</summary>
    public const double DefaultMinimumScore = 0.95;

    private readonly double _minimumScore = DefaultMinimumScore;
    private readonly int _threads = Environment.ProcessorCount;
    private readonly long _memoryLimit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The smallest score that puts two records into one group, from -1 to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than -1 or more than 1.</exception>
    public double MinimumScore
    {
        get => _minimumScore;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1, nameof(MinimumScore));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1, nameof(MinimumScore));
            _minimumScore = value;
        }
    }

    /// <summary>
    ///   Decides by the language and the file of a snippet whether it is compared; <see langword="null"/> for all. It is called
    ///   by one thread at a time.
    /// </summary>
    public Func<string, string, bool>? Filter { get; init; }

    /// <summary>How many threads compare. It changes no result.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Threads
    {
        get => _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Threads));
            _threads = value;
        }
    }

    /// <summary>
    ///   How many bytes of memory the vectors may use, and after the comparison each group; by default half of the process's
    ///   limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long MemoryLimit
    {
        get => _memoryLimit;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MemoryLimit));
            _memoryLimit = value;
        }
    }
}
