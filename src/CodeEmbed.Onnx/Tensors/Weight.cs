using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>A weight in the form that the graph uses: row by row, in native memory. Not thread-safe.</summary>
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

    /// <summary>The start of each weight in a file that holds them one after the other.</summary>
    public static IEnumerable<(Weight Weight, long Offset)> PlaceInFile(IEnumerable<Weight> weights)
    {
        long position = 0;
        foreach (Weight weight in weights)
        {
            yield return (weight, position);
            position += weight.Length;
        }
    }

    /// <summary>The weight as a value for ONNX Runtime, without a copy.</summary>
    /// <exception cref="OutOfMemoryException">There is not enough memory for it.</exception>
    public OrtValue Share() => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, Type, Shape, Address, Length);

    /// <summary>Releases pages of a file until they are read again. This is safe even while the weight is in use.</summary>
    public abstract void ReleasePages();

    /// <summary>Releases its memory until it is used again. Nothing else may be using it.</summary>
    public abstract void Release();

    /// <summary>Visits the bytes in order, in pieces that fit in a span.</summary>
    public virtual void ForEachPiece(BytesVisitor visit)
    {
        const int pieceLength = 1 << 28;
        for (long offset = 0; offset < Length; offset += pieceLength)
            visit(new ReadOnlySpan<byte>((byte*)Address + offset, (int)Math.Min(pieceLength, Length - offset)));
    }
}

/// <summary>Processes bytes of a model's parameters.</summary>
/// <param name="bytes">The bytes, which are not valid afterwards.</param>
internal delegate void BytesVisitor(ReadOnlySpan<byte> bytes);
