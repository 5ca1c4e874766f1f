using System.Globalization;

namespace CodeEmbed.Runs;

/// <summary>
///   How many records a run has read, written and rejected. At the end of a run from which nothing was filtered out, the records
///   read are those written and those rejected.
/// </summary>
/// <remarks>
///   Only the code that drives the run changes the counts; others read them. Counting is for one thread at a time.
/// </remarks>
public sealed class RunCounts
{
    /// <summary>How many records were read, those that were rejected included.</summary>
    public long Read { get; internal set; }

    /// <summary>How many embeddings are in the output, those of an interrupted run that was resumed included.</summary>
    public long Written { get; internal set; }

    /// <summary>How many records were rejected: because they were not valid, or because they could not be embedded.</summary>
    public long Rejected { get; internal set; }

    /// <summary>Returns the three numbers as a sentence.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Records: {Read} read, {Written} written, {Rejected} rejected.");
}
