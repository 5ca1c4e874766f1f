using System.Numerics.Tensors;
using CodeEmbed.Onnx.Weights;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   Factors for the channels of an input, by which it is divided and the matrices that take it are multiplied: they even out channels
///   that stand out, which would leave few of the 255 steps for the others (SmoothQuant, arXiv:2211.10438).
/// </summary>
/// <remarks>
///   How much a channel stands out is shared evenly between the two sides. The factors are powers of two: multiplying by them is
///   exact, and small differences between processors do not change them.
/// </remarks>
internal static unsafe class Smoothing
{
    /// <summary>Finds the factors.</summary>
    /// <param name="input">How much each channel of the input stands out, by <see cref="Graph.ObservedLinearParts"/>.</param>
    /// <param name="matrices">The matrices that take it, [out, in].</param>
    /// <returns>A factor for each channel, or <see langword="null"/> where no channel stands out.</returns>
    public static float[]? Find(float[] input, IEnumerable<Weight> matrices)
    {
        double[] weights = Observe(matrices, input.Length);
        double[] ratios = [.. input.Zip(weights, (value, weight) => Math.Sqrt(value / weight))];
        double middle = Middle(ratios.Where(IsUsable));
        float[] factors = [.. ratios.Select(ratio => IsUsable(ratio) ? MathF.ScaleB(1, (int)Math.Round(Math.Log2(ratio / middle))) : 1)];
        return Array.TrueForAll(factors, factor => factor == 1) ? null : factors;
    }

    /// <summary>For each channel, the Euclidean norm, over the outputs, of its share of the largest weight of the output.</summary>
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

    /// <summary>Neither a channel that is always 0 nor one that no output uses can be evened out, and neither needs it.</summary>
    private static bool IsUsable(double ratio) => double.IsFinite(ratio) && ratio > 0;

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 1 : sorted[sorted.Length / 2];
    }
}
