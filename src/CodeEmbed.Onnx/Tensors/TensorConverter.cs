using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>Converts a checkpoint's tensors to float32, row by row.</summary>
internal static unsafe class TensorConverter
{
    /// <summary>The approximate number of elements in a piece.</summary>
    private const int PieceLength = 1 << 18;

    /// <summary>Determines whether a tensor's element type can be converted to an encoder's weights.</summary>
    public static bool CanConvert(ElementType type) =>
        type == ElementType.Float64 || type == ElementType.Float32 || type == ElementType.Float16 || type == ElementType.BFloat16;

    /// <summary>Converts and copies a tensor with one or two dimensions.</summary>
    /// <param name="tensor">The tensor; its strides are respected.</param>
    /// <param name="target">Room for all its elements.</param>
    public static void Copy(CheckpointTensor tensor, float* target)
    {
        (long rows, long columns) = Size(tensor);
        CopyRows(tensor, 0, rows, columns, target);
    }

    /// <summary>Converts and copies a row of a tensor with two dimensions, including 8-bit integers.</summary>
    /// <param name="tensor">The tensor; its strides are respected.</param>
    /// <param name="row">Which row.</param>
    /// <param name="target">Room for its elements.</param>
    public static void CopyRow(CheckpointTensor tensor, long row, float* target) =>
        CopyRows(tensor, row, 1, tensor.Shape[1], target);

    /// <summary>
    ///   Visits the elements of a tensor with one or two dimensions as the bytes of float32, in order and piece by piece.
    /// </summary>
    public static void ForEachPiece(CheckpointTensor tensor, BytesVisitor visit)
    {
        if (tensor.Type == ElementType.Float32 && tensor.IsUsableInPlace)
        {
            for (long start = 0; start < tensor.Count; start += PieceLength)
            {
                int length = (int)Math.Min(PieceLength, tensor.Count - start);
                visit(new ReadOnlySpan<byte>((float*)tensor.Address + start, length * sizeof(float)));
            }

            return;
        }

        (long rows, long columns) = Size(tensor);
        long rowsAtOnce = Math.Max(1, PieceLength / Math.Max(columns, 1));
        var piece = new float[Math.Min(rows, rowsAtOnce) * columns];
        for (long row = 0; row < rows; row += rowsAtOnce)
        {
            long count = Math.Min(rowsAtOnce, rows - row);
            fixed (float* start = piece)
                CopyRows(tensor, row, count, columns, start);

            visit(MemoryMarshal.AsBytes(piece.AsSpan(0, (int)(count * columns))));
        }
    }

    private static (long Rows, long Columns) Size(CheckpointTensor tensor) =>
        tensor.Shape.Length == 1 ? (1, tensor.Shape[0]) : (tensor.Shape[0], tensor.Shape[1]);

    private static void CopyRows(CheckpointTensor tensor, long first, long rows, long columns, float* target)
    {
        long rowStride = tensor.Shape.Length == 1 ? 0 : tensor.Strides[0];
        long columnStride = tensor.Strides[^1];
        for (long row = 0; row < rows; row++)
        {
            byte* start = (byte*)tensor.Address + ((first + row) * rowStride * tensor.Type.Size);
            var rowTarget = new Span<float>(target + (row * columns), checked((int)columns));
            if (columnStride == 1 || columns == 1)
                CopyRun(tensor.Type, start, rowTarget);
            else
                CopyStrided(tensor.Type, start, columnStride, rowTarget);
        }
    }

    private static void CopyRun(ElementType type, byte* source, Span<float> target)
    {
        var bytes = new ReadOnlySpan<byte>(source, target.Length * type.Size);
        if (type == ElementType.Float32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(target));
        }
        else if (type == ElementType.Float64)
        {
            // Rounds to the nearest float, like torch.
            TensorPrimitives.ConvertTruncating(new ReadOnlySpan<double>(source, target.Length), target);
        }
        else if (type == ElementType.Float16)
        {
            TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(source, target.Length), target);
        }
        else if (type == ElementType.Int8)
        {
            TensorPrimitives.ConvertTruncating(new ReadOnlySpan<sbyte>(source, target.Length), target);
        }
        else
        {
            // A bfloat16 is the upper half of a float.
            Span<uint> bits = MemoryMarshal.Cast<float, uint>(target);
            TensorPrimitives.ConvertTruncating(new ReadOnlySpan<ushort>(source, target.Length), bits);
            TensorPrimitives.ShiftLeft(bits, 16, bits);
        }
    }

    private static void CopyStrided(ElementType type, byte* source, long stride, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
            CopyRun(type, source + (i * stride * type.Size), target.Slice(i, 1));
    }
}
