namespace CodeEmbed.Search;

/// <summary>Which of the nearest records are wanted.</summary>
public sealed record SearchOptions
{
    /// <summary>The default of how many records are found.</summary>
    public const int DefaultTop = 10;

    private readonly int _top = DefaultTop;

    /// <summary>How many records are found at most. The search holds no more than these.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Top
    {
        get => _top;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Top));
            _top = value;
        }
    }

    /// <summary>The smallest score of a result, from -1 to 1.</summary>
    public double MinimumScore { get; init; } = -1;

    /// <summary>
    ///   Decides by the language and the file of a snippet whether it is wanted; <see langword="null"/> for all. It is called by
    ///   one thread at a time.
    /// </summary>
    public Func<string, string, bool>? Filter { get; init; }
}
