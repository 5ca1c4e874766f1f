using System.Globalization;
using CodeEmbed.Errors;
using CodeEmbed.Pipeline;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>What Export-CodeEmbedding writes to the information stream at its end.</summary>
/// <param name="Path">The full path of the file, or which table of which database.</param>
/// <param name="Embeddings">How many embeddings this run has written to it.</param>
/// <param name="Rejected">How many records of the run were rejected.</param>
/// <param name="Duration">How long the cmdlet ran; this includes the time that the rest of the pipeline took.</param>
public sealed record ExportSummary(string Path, long Embeddings, long Rejected, TimeSpan Duration)
{
    /// <summary>What became of the embeddings that were given to be reused; <see langword="null"/> where none were.</summary>
    public ReuseReport? Reuse { get; init; }

    /// <summary>Returns the summary as a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Wrote {Embeddings} {(Embeddings == 1 ? "embedding" : "embeddings")} to '{MessageText.OneLine(Path)}' in "
        + $"{Duration.TotalSeconds:0.0} s"
        + $"{(Rejected == 0 ? "" : $"; {Rejected} {(Rejected == 1 ? "record was" : "records were")} rejected")}.");
}
