namespace CodeEmbed.Hub.Transfer;

/// <summary>How long to wait for the Hub, and how often to try again.</summary>
internal sealed record TransferLimits
{
    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a server may send nothing before that counts as a cut.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests in a row may fail; one that brought bytes before it failed is the first of a new row.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause after the first failure; each one after it is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that the Hub may ask for and is given; where it asks for more, the user is told.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often progress is reported.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromMilliseconds(100);
}
