using System.Numerics.Tensors;

namespace CodeEmbed.Onnx.Pooling;

/// <summary>Turns the hidden states of a snippet's tokens into one vector, in float32.</summary>
/// <remarks>
///   The formulas, and the order of several, are from <c>Pooling.forward</c> in sentence-transformers, for a sequence without
///   padding.
/// </remarks>
internal static class TokenPooling
{
    /// <summary>Pools hidden states.</summary>
    /// <param name="hiddenState">Float32 [tokens, width], row by row; at least one token.</param>
    /// <param name="width">The width of a row.</param>
    /// <param name="pooling">The poolings; the results of several are concatenated.</param>
    /// <param name="skipped">How many tokens at the start count only for <see cref="EmbeddingPooling.Cls"/>.</param>
    /// <returns>The vector, [width] for each of the poolings.</returns>
    public static float[] Pool(ReadOnlySpan<float> hiddenState, int width, EmbeddingPooling pooling, int skipped = 0)
    {
        int tokens = hiddenState.Length / width;
        int first = Math.Min(skipped, tokens - 1);
        var vector = new List<float>(width);
        if (pooling.HasFlag(EmbeddingPooling.Cls))
            vector.AddRange(hiddenState[..width]);

        if (pooling.HasFlag(EmbeddingPooling.Max))
            vector.AddRange(Max(hiddenState[(first * width)..], width));

        if (pooling.HasFlag(EmbeddingPooling.Mean))
            vector.AddRange(Mean(hiddenState[(first * width)..], width, tokens - first));

        if (pooling.HasFlag(EmbeddingPooling.MeanSqrtLength))
            vector.AddRange(Mean(hiddenState[(first * width)..], width, MathF.Sqrt(tokens - first)));

        if (pooling.HasFlag(EmbeddingPooling.WeightedMean))
            vector.AddRange(WeightedMean(hiddenState, width, first));

        if (pooling.HasFlag(EmbeddingPooling.LastToken))
            vector.AddRange(hiddenState[^width..]);

        return [.. vector];
    }

    private static float[] Mean(ReadOnlySpan<float> rows, int width, float divisor)
    {
        float[] sum = rows[..width].ToArray();
        for (int start = width; start < rows.Length; start += width)
            TensorPrimitives.Add(sum, rows.Slice(start, width), sum);

        TensorPrimitives.Divide(sum, divisor, sum);
        return sum;
    }

    private static float[] Max(ReadOnlySpan<float> rows, int width)
    {
        float[] largest = rows[..width].ToArray();
        for (int start = width; start < rows.Length; start += width)
            TensorPrimitives.Max(largest, rows.Slice(start, width), largest);

        return largest;
    }

    /// <summary>The mean, weighted by the token's number, counted from 1 at the start of the sequence.</summary>
    private static float[] WeightedMean(ReadOnlySpan<float> hiddenState, int width, int first)
    {
        var sum = new float[width];
        float weights = 0;
        for (int token = first; token * width < hiddenState.Length; token++)
        {
            TensorPrimitives.MultiplyAdd(hiddenState.Slice(token * width, width), token + 1, sum, sum);
            weights += token + 1;
        }

        TensorPrimitives.Divide(sum, weights, sum);
        return sum;
    }
}
