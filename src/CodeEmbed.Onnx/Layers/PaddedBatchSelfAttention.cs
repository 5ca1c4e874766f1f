using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention in a padded batch: within each sequence, and never to padding. A window, causal order and the distance change
///   the scores through a bias that all sequences share.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="batch">The inputs that describe the batch.</param>
/// <param name="zero">A constant [1] that is 0.</param>
internal sealed class PaddedBatchSelfAttention(Graph graph, PaddedBatchInputs batch, string zero) : ISelfAttention
{
    /// <summary>
    ///   The bias that hides a key: far below any score, but finite in float16, even in a row in which all keys are hidden.
    /// </summary>
    private const float Hidden = -30_000;

    private readonly Dictionary<(int? Before, int? After, int? AlibiHeads), string> _biases = [];
    private readonly RotaryEmbedding _rotary = new(graph);
    private DistanceBias? _bias;
    private string? _positions, _rowNumbers, _distances;

    /// <summary>The positions of the tokens, [sequences, longest].</summary>
    private string Positions => _positions ??= graph.Builder.Node(
        "Squeeze", [Shape(Net.Positions.Name), graph.Builder.Integers(2)]);

    /// <summary>The number of each token's row among all rows, [sequences, longest].</summary>
    private string RowNumbers => _rowNumbers ??= graph.Builder.Node(
        "Add",
        [
            graph.Builder.Node("Unsqueeze", [batch.FirstRows, graph.Builder.Integers(1)]),
            graph.Builder.Node("Unsqueeze", [batch.Order, graph.Builder.Integers(0)]),
        ]);

    /// <inheritdoc/>
    public Value Turn(Value input, Rotary rotary, int heads)
    {
        // A sequence may not be longer than the tables, and padding can make it longer than the model's last position.
        (string Cosines, string Sines) tables = _rotary.FindTables(
            rotary, PaddedBatchGraph.RoundUp(rotary.Positions), dynamic => ComputeAngles(rotary, dynamic));
        string rows = Shape(input.Name);
        string positions = rotary.Dynamic is null ? Positions : RowNumbers;
        return input with { Name = _rotary.Turn(rows, positions, tables, rotary, input.Width / heads, heads) };
    }

    /// <inheritdoc/>
    public string Distances(string rows, string name) => FindDistances();

    /// <inheritdoc/>
    public string Attend(
        OnnxGraphBuilder builder, Value query, Value key, Value value, string? bias, Attention attention)
    {
        if (!attention.IsPlain)
            bias = FindBias(attention);

        // In float16, the fastest kernels support only masks given by lengths, and no bias.
        string mask = graph.Type == TensorElementType.Float16 && bias is null ? batch.KeyLengths : batch.KeyOffsets;
        string[] inputs = [Shape(query.Name), Shape(key.Name), Shape(value.Name), string.Empty, mask];
        if (bias is not null)
            inputs = [.. inputs, bias];

        (string Name, object Value)[] attributes = [("num_heads", attention.Heads)];
        if (attention.Scale is { } scale)
            attributes = [.. attributes, ("scale", scale)];

        return builder.Reshape(builder.MicrosoftNode("MultiHeadAttention", inputs, attributes), -1, query.Width);
    }

    /// <summary>Rows of tokens in the shape of the batch, [sequences, longest, width].</summary>
    private string Shape(string rows) => graph.Builder.Node("Reshape", [rows, batch.Shape]);

    private string FindDistances() => _distances ??= graph.Builder.Node(
        "Sub",
        [
            graph.Builder.Node("Unsqueeze", [batch.Order, graph.Builder.Integers(0)]),
            graph.Builder.Node("Unsqueeze", [batch.Order, graph.Builder.Integers(1)]),
        ]);

    /// <summary>The angles for the length of each sequence, with a row for each token.</summary>
    private string ComputeAngles(Rotary rotary, DynamicTheta dynamic)
    {
        OnnxGraphBuilder builder = graph.Builder;
        string ToFloat(string value) => builder.Node("Cast", [value], ("to", (int)TensorElementType.Float));

        string frequencies = _rotary.ComputeFrequencies(
            rotary, dynamic, builder.Reshape(ToFloat(batch.Lengths), -1, 1, 1));
        string positions = Shape(ToFloat(Net.Positions.Name));
        return builder.Reshape(builder.Node("Mul", [positions, frequencies]), -1, rotary.Size / 2);
    }

    /// <summary>The bias that is added to the scores, [1, heads or 1, longest, longest].</summary>
    private string FindBias(Attention attention)
    {
        (int?, int?, int?) key = (attention.Before, attention.After, attention.IsAlibi ? attention.Heads : null);
        if (!_biases.TryGetValue(key, out string? found))
        {
            _bias ??= new DistanceBias(graph, zero, Hidden);
            _biases.Add(key, found = _bias.Compute(graph.Builder, FindDistances(), attention));
        }

        return found;
    }
}
