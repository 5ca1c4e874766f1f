namespace CodeEmbed.Onnx.Pooling;

/// <summary>The mean of the vectors of a text's windows: see <see cref="EmbeddingOverflow.Window"/>.</summary>
/// <remarks>Computed in float64 and in the order of the windows, so that all processors give the same bits.</remarks>
/// <param name="dimensions">The length of the vectors.</param>
internal sealed class WindowMean(int dimensions)
{
    private readonly double[] _sum = new double[dimensions];
    private double _weight;

    /// <summary>Adds the vector of the next window.</summary>
    /// <param name="vector">The vector, [dimensions].</param>
    /// <param name="weight">How many tokens of the text the window has.</param>
    public void Add(ReadOnlySpan<float> vector, int weight)
    {
        for (int i = 0; i < _sum.Length; i++)
            _sum[i] += (double)weight * vector[i];

        _weight += weight;
    }

    /// <summary>Computes the mean.</summary>
    /// <param name="normalize">Whether to scale it to Euclidean length 1.</param>
    /// <returns>The mean, [dimensions].</returns>
    public float[] Compute(bool normalize)
    {
        double divisor = _weight;
        if (normalize)
        {
            double squares = 0;
            foreach (double sum in _sum)
                squares += sum * sum;

            // Like any vector, a mean shorter than the limit has no direction.
            divisor = Math.Max(Math.Sqrt(squares), PoolingHead.SmallestNorm * _weight);
        }

        return [.. _sum.Select(sum => (float)(sum / divisor))];
    }
}
