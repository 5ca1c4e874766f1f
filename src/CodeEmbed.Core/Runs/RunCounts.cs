using System.Globalization;

namespace CodeEmbed.Runs;

/// <summary>
///   How many records a run has read, written and refused. At the end of a run that nothing was taken out of, what was read is what was
///   written and what was refused.
/// </summary>
/// <remarks>Counting is for one thread at a time.</remarks>
public sealed class RunCounts
{
    /// <summary>How many records were read, those that were refused included.</summary>
    public long Read { get; set; }

    /// <summary>How many embeddings are in the output, those of an interrupted run that was resumed included.</summary>
    public long Written { get; set; }

    /// <summary>How many records were refused: because they were not valid, or because they could not be embedded.</summary>
    public long Refused { get; set; }

    /// <summary>Returns the three numbers as a sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Records: {Read} read, {Written} written, {Refused} refused.");
}
