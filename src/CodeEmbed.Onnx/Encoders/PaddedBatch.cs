using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>Sequences in one run, [sequences, longest]: shorter ones are padded at their ends.</summary>
/// <remarks>
///   A sequence is padded with its own last token, so that all numbers in its row are its own. The attention does not see the
///   padding, and it is not pooled.
/// </remarks>
/// <param name="sequences">The token ids of each sequence.</param>
/// <param name="longest">The padded length.</param>
/// <param name="positions">How the positions of the tokens are counted.</param>
internal sealed class PaddedBatch(IReadOnlyList<long[]> sequences, int longest, PositionIds positions)
{
    /// <summary>How many sequences there are.</summary>
    public int Count => sequences.Count;

    /// <summary>The padded length.</summary>
    public int Longest => longest;

    /// <summary>The token ids, [sequences · longest].</summary>
    public long[] Ids() => Fill(ids => ids);

    /// <summary>The positions of the tokens, [sequences · longest].</summary>
    public long[] Positions() => Fill(positions.Of);

    /// <summary>1 for each token, and 0 for padding, [sequences · longest].</summary>
    public long[] Mask()
    {
        var mask = new long[sequences.Count * longest];
        for (int i = 0; i < sequences.Count; i++)
            mask.AsSpan(i * longest, sequences[i].Length).Fill(1);

        return mask;
    }

    /// <summary>The number of sequences, their length, and -1.</summary>
    public long[] Shape() => [sequences.Count, longest, -1];

    /// <summary>How many tokens each sequence has.</summary>
    public long[] Lengths() => [.. sequences.Select(ids => ids.LongLength)];

    /// <summary>The number of each sequence's first row.</summary>
    public long[] FirstRows() => [.. Enumerable.Range(0, sequences.Count).Select(i => (long)i * longest)];

    /// <summary>The numbers 0, 1, …</summary>
    public long[] Order() => [.. Enumerable.Range(0, longest).Select(number => (long)number)];

    /// <summary>How many tokens of each sequence are not pooled: never all of them.</summary>
    /// <param name="skipped">How many are not pooled if a sequence has more.</param>
    public long[] Skipped(int skipped) => [.. sequences.Select(ids => Math.Min(skipped, ids.LongLength - 1))];

    /// <summary>How many tokens each sequence has.</summary>
    public int[] KeyLengths() => [.. sequences.Select(ids => ids.Length)];

    /// <summary>The values that <see cref="PaddedBatchInputs.KeyOffsets"/> describes.</summary>
    public int[] KeyOffsets()
    {
        int[] firstRows = [.. Enumerable.Range(0, sequences.Count + 1).Select(i => i * longest)];
        return [.. KeyLengths(), .. firstRows, .. firstRows];
    }

    private long[] Fill(Func<long[], long[]> make)
    {
        var rows = new long[sequences.Count * longest];
        for (int i = 0; i < sequences.Count; i++)
        {
            long[] values = make(sequences[i]);
            values.CopyTo(rows, i * longest);
            rows.AsSpan((i * longest) + values.Length, longest - values.Length).Fill(values[^1]);
        }

        return rows;
    }
}
