using CodeEmbed.Onnx.Checkpoints;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Weights;

/// <summary>A weight as the graph uses it: row by row, in native memory.</summary>
/// <param name="Name">Its name, without the prefix that a checkpoint may put before it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Address">Its first element, in a mapped file or in memory of its own.</param>
/// <param name="IsMapped">Whether it lies in a mapped file.</param>
/// <param name="Type">The type of its elements: float32, int8 or uint8.</param>
internal sealed unsafe record Weight(string Name, long[] Shape, nint Address, bool IsMapped, TensorElementType Type = TensorElementType.Float)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The size in bytes.</summary>
    public long Length => Count * (Type == TensorElementType.Float ? sizeof(float) : sizeof(byte));

    /// <summary>The weight where it lies, as ONNX Runtime takes it.</summary>
    public OrtValue Share() => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, Type, Shape, Address, Length);

    /// <summary>Gives up the memory of a weight that lies in a file, until it is read again.</summary>
    public void ReleasePages()
    {
        if (IsMapped)
            MappedPages.Release(Address, Length);
    }

    /// <summary>Visits the bytes in order, in pieces that a span can hold.</summary>
    public void ForEachPiece(WeightPieceVisitor visit)
    {
        const int pieceLength = 1 << 28;
        for (long offset = 0; offset < Length; offset += pieceLength)
            visit(new ReadOnlySpan<byte>((byte*)Address + offset, (int)Math.Min(pieceLength, Length - offset)));
    }
}
