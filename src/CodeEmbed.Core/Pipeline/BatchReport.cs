using System.Globalization;

namespace CodeEmbed.Pipeline;

/// <summary>A report on a batch while a run is in progress, without the embeddings.</summary>
/// <param name="Number">Its number in the run; the first is 1.</param>
/// <param name="Snippets">How many snippets it held.</param>
/// <param name="Tokens">How many tokens the model saw.</param>
/// <param name="Duration">
///   How long the embedding took; this includes loading the model, if it was not loaded before.
/// </param>
public sealed record BatchReport(int Number, int Snippets, long Tokens, TimeSpan Duration)
{
    /// <summary>Returns the report as a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Batch {Number}: {Snippets} {(Snippets == 1 ? "snippet" : "snippets")}, {Tokens} tokens, "
        + $"{Duration.TotalSeconds:0.000} s.");
}
