using System.Numerics.Tensors;

namespace CodeEmbed.Onnx;

/// <summary>Turns the hidden state of a snippet's tokens into one vector.</summary>
internal static class MeanPooling
{
    /// <summary>A vector shorter than this is left as it is: it has no direction. PyTorch's <c>normalize</c> has the same bound.</summary>
    private const float SmallestNorm = 1e-12f;

    /// <summary>The mean of the hidden state over all tokens.</summary>
    /// <param name="hiddenState">Float32 [tokens, dimensions], row by row; at least one token.</param>
    /// <param name="dimensions">The width of a row.</param>
    /// <returns>The mean, [dimensions].</returns>
    public static float[] Pool(ReadOnlySpan<float> hiddenState, int dimensions)
    {
        int tokens = hiddenState.Length / dimensions;
        float[] sum = hiddenState[..dimensions].ToArray();
        for (int token = 1; token < tokens; token++)
            TensorPrimitives.Add(sum, hiddenState.Slice(token * dimensions, dimensions), sum);

        TensorPrimitives.Divide(sum, tokens, sum);
        return sum;
    }

    /// <summary>Scales a vector to Euclidean length 1, in place.</summary>
    public static void Normalize(Span<float> vector) =>
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), SmallestNorm), vector);
}
