using System.Globalization;
using CodeEmbed.Errors;
using CodeEmbed.Pipeline;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>What Export-CodeEmbedding writes to the information stream at its end.</summary>
/// <param name="Path">The full path of the file, or the table and its database.</param>
/// <param name="Embeddings">How many embeddings this run has written to it.</param>
/// <param name="Rejected">How many records of the run were rejected.</param>
/// <param name="Duration">How long the cmdlet ran; this includes the time that the rest of the pipeline took.</param>
public sealed record ExportSummary(string Path, long Embeddings, long Rejected, TimeSpan Duration)
{
    /// <summary>How many of the given embeddings were reused; <see langword="null"/> if none were given.</summary>
    public ReuseReport? Reuse { get; init; }

    /// <summary>Returns the summary as a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Wrote {Embeddings} {(Embeddings == 1 ? "embedding" : "embeddings")} to '{MessageText.OneLine(Path)}' in "
        + $"{Duration.TotalSeconds:0.0} s"
        + $"{(Rejected == 0 ? "" : $"; {Rejected} {(Rejected == 1 ? "record was" : "records were")} rejected")}.");
}
