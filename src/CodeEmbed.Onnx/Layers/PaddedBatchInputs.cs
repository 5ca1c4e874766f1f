using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   The inputs of a graph that describe a padded batch, [sequences, longest]. Each value is declared as an input when it is
///   first used.
/// </summary>
/// <remarks>
///   All sizes are inputs. Computing them would run on the processor, which is an error on a device.
/// </remarks>
/// <param name="builder">The graph.</param>
internal sealed class PaddedBatchInputs(OnnxGraphBuilder builder)
{
    public const string ShapeName = "shape", LengthsName = "lengths", FirstRowsName = "first_rows", OrderName = "order",
        KeyLengthsName = "key_lengths", KeyOffsetsName = "key_offsets", SkippedName = "skipped";

    private readonly HashSet<string> _declared = [];

    /// <summary>The numbers sequences, longest and -1, int64 [3]: the shape of the batch, with any width.</summary>
    public string Shape => Declare(ShapeName, TensorElementType.Int64);

    /// <summary>How many tokens each sequence has, int64 [sequences].</summary>
    public string Lengths => Declare(LengthsName, TensorElementType.Int64);

    /// <summary>The number of each sequence's first row among all rows, int64 [sequences].</summary>
    public string FirstRows => Declare(FirstRowsName, TensorElementType.Int64);

    /// <summary>The numbers 0, 1, …, int64 [longest].</summary>
    public string Order => Declare(OrderName, TensorElementType.Int64);

    /// <summary>How many tokens each sequence has, int32 [sequences]: a mask of the keys.</summary>
    public string KeyLengths => Declare(KeyLengthsName, TensorElementType.Int32);

    /// <summary>
    ///   The same mask in the form for memory-efficient attention, int32 [3 · sequences + 2]: the lengths, and then for
    ///   the queries and for the keys the number of the first row of each sequence, and of the row after the last.
    /// </summary>
    public string KeyOffsets => Declare(KeyOffsetsName, TensorElementType.Int32);

    /// <summary>How many tokens at the start of each sequence are not pooled, int64 [sequences].</summary>
    public string Skipped => Declare(SkippedName, TensorElementType.Int64);

    private string Declare(string name, TensorElementType type) =>
        _declared.Add(name) ? builder.Input(name, type, rank: 1) : name;
}
