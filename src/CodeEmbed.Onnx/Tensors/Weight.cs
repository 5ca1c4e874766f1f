using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>A weight as the graph uses it: row by row, in native memory. For one thread at a time.</summary>
/// <param name="name">Its name, without the prefix that a checkpoint may put before it.</param>
/// <param name="shape">Its shape.</param>
/// <param name="type">The type of its elements: float32, float16, bfloat16, int8 or uint8.</param>
internal abstract unsafe class Weight(string name, long[] shape, TensorElementType type)
{
    /// <summary>Its name, without the prefix that a checkpoint may put before it.</summary>
    public string Name => name;

    /// <summary>Its shape.</summary>
    public long[] Shape => shape;

    /// <summary>The type of its elements: float32, float16, bfloat16, int8 or uint8.</summary>
    public TensorElementType Type => type;

    /// <summary>Its first element.</summary>
    /// <exception cref="OutOfMemoryException">There is not enough memory for it.</exception>
    public abstract nint Address { get; }

    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The size in bytes.</summary>
    public long Length => Count * Type switch
    {
        TensorElementType.Float => sizeof(float),
        TensorElementType.Float16 or TensorElementType.BFloat16 => sizeof(ushort),
        _ => sizeof(byte),
    };

    /// <summary>Where each weight starts in a file that holds one after the other.</summary>
    public static IEnumerable<(Weight Weight, long Offset)> PlaceInFile(IEnumerable<Weight> weights)
    {
        long position = 0;
        foreach (Weight weight in weights)
        {
            yield return (weight, position);
            position += weight.Length;
        }
    }

    /// <summary>The weight where it is, as ONNX Runtime takes it.</summary>
    /// <exception cref="OutOfMemoryException">There is not enough memory for it.</exception>
    public OrtValue Share() => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, Type, Shape, Address, Length);

    /// <summary>Gives up pages of a file, until they are read again. What shares the weight may do that at any time.</summary>
    public abstract void ReleasePages();

    /// <summary>Gives up its memory, until it is used again. Nothing may share it then.</summary>
    public abstract void Release();

    /// <summary>Visits the bytes in order, in pieces that a span can hold.</summary>
    public virtual void ForEachPiece(BytesVisitor visit)
    {
        const int pieceLength = 1 << 28;
        for (long offset = 0; offset < Length; offset += pieceLength)
            visit(new ReadOnlySpan<byte>((byte*)Address + offset, (int)Math.Min(pieceLength, Length - offset)));
    }
}

/// <summary>Uses bytes of a model's parameters.</summary>
/// <param name="bytes">The bytes, which are gone afterwards.</param>
internal delegate void BytesVisitor(ReadOnlySpan<byte> bytes);
