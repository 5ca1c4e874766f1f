using System.Globalization;

namespace CodeEmbed.Pipeline;

/// <summary>A report on the embeddings of an earlier run that a run was given to reuse.</summary>
/// <param name="Reused">How many embeddings of the run have their vector from there.</param>
/// <param name="Embedded">How many the model made. The embeddings of a resumed run are in neither number.</param>
/// <param name="Dropped">How many records of the earlier run have a content that no snippet of this run has.</param>
public sealed record ReuseReport(long Reused, long Embedded, long Dropped)
{
    /// <summary>Returns the report as a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Vectors: {Reused} reused, {Embedded} embedded. Records of the earlier run that were dropped: {Dropped}.");
}
