using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Tensors;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Encoders;

/// <summary>
///   The weights of a static model: a row for each token, used in place from the file; and, in some models, a weight for each
///   token, and the row that each token has.
/// </summary>
/// <remarks>
///   The row of an id is <c>embeddings[mapping[id]] * weights[id]</c>, as in <c>StaticModel._encode_helper</c> in Model2Vec. A
///   table of 8-bit integers has no scale: its rows are those integers.
/// </remarks>
internal sealed class StaticTable
{
    /// <summary>The names in a checkpoint: those in Model2Vec, and the one in sentence-transformers.</summary>
    private const string Rows = "embeddings", Weights = "weights", Mapping = "mapping", RowsOfModule = "embedding.weight";

    private readonly CheckpointTensor _rows;
    private readonly float[]? _weights;
    private readonly int[]? _mapping;
    private readonly bool _isInPlace;

    private StaticTable(CheckpointTensor rows, float[]? weights, int[]? mapping)
    {
        (_rows, _weights, _mapping) = (rows, weights, mapping);
        _isInPlace = rows.Type == ElementType.Float32 && rows.IsUsableInPlace;
    }

    /// <summary>Whether the checkpoint is Model2Vec's, by the names in it, and not sentence-transformers'.</summary>
    public bool IsModel2Vec => _rows.Name == Rows;

    /// <summary>The length of a row.</summary>
    public int Width => (int)_rows.Shape[1];

    /// <summary>How many ids it knows.</summary>
    public int VocabularySize => _mapping?.Length ?? _weights?.Length ?? (int)_rows.Shape[0];

    /// <summary>Reads the weights from a checkpoint, which must stay open as long as they are used.</summary>
    /// <exception cref="ModelFormatException">One is missing, or its shape or type is wrong.</exception>
    public static StaticTable Read(Checkpoint checkpoint)
    {
        CheckpointTensor rows = checkpoint.Tensors.GetValueOrDefault(Rows)
            ?? checkpoint.Tensors.GetValueOrDefault(RowsOfModule)
            ?? throw new ModelFormatException(
                $"the weight '{Rows}' or '{RowsOfModule}' of a static model is missing in {checkpoint.Name}; there are "
                + $"{MessageText.QuoteList(checkpoint.Tensors.Keys)}.");
        bool isKnown = TensorConverter.CanConvert(rows.Type) || rows.Type == ElementType.Int8;
        if (!isKnown || rows.Shape is not [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue])
            throw Wrong(rows, "F64, F32, F16, BF16 or I8 [tokens, width]");

        if (rows.Name == RowsOfModule)
            return new StaticTable(rows, weights: null, mapping: null);

        int[]? mapping = ReadMapping(checkpoint, rows.Shape[0]);
        return new StaticTable(rows, ReadWeights(checkpoint, mapping?.Length ?? (int)rows.Shape[0]), mapping);
    }

    /// <summary>The mean of the rows of ids; zeros if there is no id.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The vector, [width].</returns>
    public float[] Average(long[] ids, CancellationToken cancellationToken)
    {
        var sum = new float[Width];
        float[] converted = _isInPlace ? [] : new float[Width];
        foreach (long id in ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<float> row = Row(_mapping is null ? id : _mapping[id], converted);
            if (_weights is null)
                TensorPrimitives.Add(sum, row, sum);
            else
                TensorPrimitives.MultiplyAdd(row, _weights[id], sum, sum);
        }

        TensorPrimitives.Divide(sum, Math.Max(ids.Length, 1), sum);
        return sum;
    }

    /// <summary>Gives the bytes of all weights in float32, for the fingerprint.</summary>
    /// <param name="takeName">Receives the name of the next bytes.</param>
    /// <param name="takeBytes">Receives bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public void Visit(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken)
    {
        takeName(Invariant($"{Rows} [{string.Join(", ", _rows.Shape)}]"));
        TensorConverter.ForEachPiece(_rows, piece =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            takeBytes(piece);
        });
        if (_weights is not null)
        {
            takeName(Weights);
            takeBytes(MemoryMarshal.AsBytes<float>(_weights));
        }

        if (_mapping is not null)
        {
            takeName(Mapping);
            takeBytes(MemoryMarshal.AsBytes<int>(_mapping));
        }
    }

    private unsafe ReadOnlySpan<float> Row(long row, float[] converted)
    {
        if (_isInPlace)
            return new ReadOnlySpan<float>((float*)_rows.Address + (row * Width), Width);

        fixed (float* target = converted)
            TensorConverter.CopyRow(_rows, row, target);

        return converted;
    }

    private static unsafe float[]? ReadWeights(Checkpoint checkpoint, int count)
    {
        if (!checkpoint.Tensors.TryGetValue(Weights, out CheckpointTensor? tensor))
            return null;

        if (!TensorConverter.CanConvert(tensor.Type) || tensor.Shape is not [var length] || length != count)
            throw Wrong(tensor, Invariant($"F64, F32, F16 or BF16 [{count}]"));

        var weights = new float[count];
        fixed (float* target = weights)
            TensorConverter.Copy(tensor, target);

        return weights;
    }

    private static unsafe int[]? ReadMapping(Checkpoint checkpoint, long rows)
    {
        if (!checkpoint.Tensors.TryGetValue(Mapping, out CheckpointTensor? tensor))
            return null;

        bool isLong = tensor.Type == ElementType.Int64;
        if ((!isLong && tensor.Type != ElementType.Int32) || tensor.Shape is not [> 0 and <= int.MaxValue])
            throw Wrong(tensor, "I64 or I32 [tokens]");

        var mapping = new int[tensor.Count];
        for (int id = 0; id < mapping.Length; id++)
        {
            void* place = (byte*)tensor.Address + (id * tensor.Strides[0] * tensor.Type.Size);
            long row = isLong ? Unsafe.ReadUnaligned<long>(place) : Unsafe.ReadUnaligned<int>(place);
            mapping[id] = row >= 0 && row < rows
                ? (int)row
                : throw new ModelFormatException(
                    Invariant($"the weight '{Mapping}' in {checkpoint.Name} gives the id {id} the row {row}, and there are ")
                    + Invariant($"{rows}."));
        }

        return mapping;
    }

    private static ModelFormatException Wrong(CheckpointTensor tensor, string wanted) => new(
        $"the weight {MessageText.Quote(tensor.Name)} in {tensor.File.Name} is {MessageText.Shorten(tensor.Type.Name)} "
        + $"[{MessageText.Shorten(string.Join(", ", tensor.Shape))}], and in a static model it must be {wanted}.");
}
