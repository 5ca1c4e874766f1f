using System.Numerics.Tensors;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   Rounds a matrix to 8-bit integers, each output with its own scale, so that its largest weight becomes 127 or -127.
/// </summary>
internal static unsafe class MatrixQuantizer
{
    /// <summary>How many outputs are transposed at a time: a cache line.</summary>
    private const int Strip = 64;

    /// <summary>Quantizes a matrix.</summary>
    /// <param name="matrix">The matrix in float32, [out, in].</param>
    /// <param name="factors">The factors for its channels, [in]; <see langword="null"/> for 1.</param>
    /// <param name="signed">Whether the integers are stored as int8; else they are stored as uint8 around 128.</param>
    /// <param name="integers">Room for the integers, [in, out].</param>
    /// <param name="scales">Room for the scales, [out]: an integer times its scale is the weight.</param>
    public static void Quantize(Weight matrix, float[]? factors, bool signed, byte* integers, Span<float> scales)
    {
        int outputs = checked((int)matrix.Shape[0]), inputs = checked((int)matrix.Shape[1]);
        byte shift = signed ? (byte)0 : (byte)Int8Names.ZeroPoint;
        var row = new float[inputs];
        var strip = new byte[Strip * inputs];
        for (int start = 0; start < outputs; start += Strip)
        {
            int count = Math.Min(Strip, outputs - start);
            for (int i = 0; i < count; i++)
            {
                var weights = new ReadOnlySpan<float>((float*)matrix.Address + ((long)(start + i) * inputs), inputs);
                if (factors is null)
                    weights.CopyTo(row);
                else
                    TensorPrimitives.Multiply(weights, factors, row);

                scales[start + i] = Quantize(row, shift, strip.AsSpan(i * inputs, inputs));
            }

            for (int input = 0; input < inputs; input++)
            {
                byte* target = integers + ((long)input * outputs) + start;
                for (int i = 0; i < count; i++)
                    target[i] = strip[(i * inputs) + input];
            }
        }
    }

    /// <summary>Quantizes the weights of one output; they are overwritten.</summary>
    private static float Quantize(Span<float> weights, byte shift, Span<byte> integers)
    {
        float scale = Math.Abs(TensorPrimitives.MaxMagnitude<float>(weights)) / Int8Names.Largest;
        if (scale > 0)
            TensorPrimitives.Divide(weights, scale, weights);

        for (int i = 0; i < weights.Length; i++)
            integers[i] = (byte)((int)MathF.Round(weights[i]) + shift);

        return scale;
    }
}
