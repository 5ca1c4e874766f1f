using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>
///   A weight in float16, for a device. It is converted from its file each time it is visited, and takes no memory.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="tensor">The tensor in the file.</param>
internal sealed class HalfWeight(string name, CheckpointTensor tensor) : Weight(name, tensor.Shape, TensorElementType.Float16)
{
    /// <inheritdoc/>
    public override nint Address => throw new NotSupportedException("It is not in memory as a whole.");

    /// <inheritdoc/>
    public override void ForEachPiece(BytesVisitor visit)
    {
        var halves = Array.Empty<Half>();
        TensorConverter.ForEachPiece(tensor, piece =>
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(piece);
            if (halves.Length < values.Length)
                halves = new Half[values.Length];

            TensorPrimitives.ConvertToHalf(values, halves);
            visit(MemoryMarshal.AsBytes(halves.AsSpan(0, values.Length)));
        });
    }

    /// <inheritdoc/>
    public override void ReleasePages() => tensor.ReleasePages();

    /// <inheritdoc/>
    public override void Release() => ReleasePages();
}
