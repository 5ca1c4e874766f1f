namespace CodeEmbed.Hub.Transfer;

/// <summary>How long to wait for the Hub, and how often to try again.</summary>
internal sealed record TransferLimits
{
    /// <summary>How long it may take to connect.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a server may send nothing before that counts as an interruption.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests in a row may fail; one that received bytes before it failed starts a new row.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause after the first failure; each one after it is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that the Hub may ask for; if it asks for more, the fetch fails and says so.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often progress is reported.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromMilliseconds(100);
}
