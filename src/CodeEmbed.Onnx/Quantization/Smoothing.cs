using System.Numerics.Tensors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   Factors for the channels of an input: the input is divided by them, and the matrices that take it are multiplied by them.
///   They even out outlier channels, which would leave few of the 255 steps for the others (SmoothQuant, arXiv:2211.10438).
/// </summary>
/// <remarks>
///   The size of an outlier is divided evenly between the two sides. The factors are powers of two: multiplying by
///   them is exact, and small differences between processors do not change them.
/// </remarks>
internal static unsafe class Smoothing
{
    /// <summary>
    ///   Outlier channels of less than this power of two stay as they are: evening them out costs more than it gives.
    /// </summary>
    private const double SmallestPower = 1;

    /// <summary>The fraction of the channels that count as normal.</summary>
    private const double UsualShare = 0.75;

    /// <summary>Finds the factors.</summary>
    /// <param name="input">
    ///   How much of an outlier each channel of the input is, according to <see cref="Layers.CalibrationLinear"/>.
    /// </param>
    /// <param name="matrices">The matrices that take it, [out, in].</param>
    /// <returns>A factor for each channel, or <see langword="null"/> if no channel is an outlier.</returns>
    public static float[]? Find(float[] input, IEnumerable<Weight> matrices)
    {
        double[] inputs = OutlierRatios([.. input.Select(value => (double)value)]), weights = OutlierRatios(
            Observe(matrices, input.Length));
        float[] factors = [.. inputs.Zip(weights, (value, weight) => Factor(value / weight))];
        return Array.TrueForAll(factors, factor => factor == 1) ? null : factors;
    }

    private static float Factor(double ratio) =>
        Math.Abs(Math.Log2(ratio)) < SmallestPower ? 1 : MathF.ScaleB(1, (int)Math.Round(Math.Log2(ratio) / 2));

    /// <summary>
    ///   How many times larger each is than the value that most channels stay below; a smaller channel costs the others nothing,
    ///   and counts as 1.
    /// </summary>
    private static double[] OutlierRatios(double[] channels)
    {
        double usual = channels.Order().ElementAt((int)(channels.Length * UsualShare));
        return [.. channels.Select(channel => usual > 0 && double.IsFinite(channel) ? Math.Max(channel / usual, 1) : 1)];
    }

    /// <summary>
    ///   For each channel, the Euclidean norm, over the outputs, of its share of the largest weight of the output.
    /// </summary>
    private static double[] Observe(IEnumerable<Weight> matrices, int channels)
    {
        var squares = new double[channels];
        foreach (Weight matrix in matrices)
        {
            for (long row = 0; row < matrix.Shape[0]; row++)
            {
                var weights = new ReadOnlySpan<float>((float*)matrix.Address + (row * channels), channels);
                double largest = Math.Abs(TensorPrimitives.MaxMagnitude(weights));
                if (largest == 0)
                    continue;

                for (int i = 0; i < channels; i++)
                    squares[i] += weights[i] / largest * (weights[i] / largest);
            }
        }

        return [.. squares.Select(Math.Sqrt)];
    }
}
