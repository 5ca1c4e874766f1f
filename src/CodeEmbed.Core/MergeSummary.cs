using System.Globalization;
using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>The result of a merge.</summary>
/// <param name="Path">The full path of the file that was made.</param>
/// <param name="Shards">How many shards it was made from.</param>
/// <param name="Read">How many records all shards read.</param>
/// <param name="Written">How many embeddings are in the file.</param>
/// <param name="Rejected">How many records all shards rejected.</param>
/// <param name="Length">How many bytes the lines have, before they are compressed or made a binary index.</param>
public sealed record MergeSummary(string Path, int Shards, long Read, long Written, long Rejected, long Length)
{
    /// <summary>The file of the rejected records of all shards; <see langword="null"/> if none was wanted.</summary>
    public string? RejectPath { get; init; }

    /// <summary>Remarks about the shards, as sentences: how they differ although they are from one run.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Returns the summary as a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Merged {Shards} shards into '{MessageText.OneLine(Path)}': {Read} records read, {Written} written, "
        + $"{Rejected} rejected.");
}
