using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Attention in a graph without padding, in which every row is a token.</summary>
/// <param name="graph">The graph.</param>
/// <param name="zero">A constant [1] that is 0.</param>
internal abstract class UnpaddedSelfAttention(Graph graph, string zero) : ISelfAttention
{
    private readonly RotaryEmbedding _rotary = new(graph);

    /// <summary>The graph.</summary>
    protected Graph Graph => graph;

    /// <summary>A constant [1] that is 0.</summary>
    protected string Zero => zero;

    /// <inheritdoc/>
    public Value Turn(Value input, Rotary rotary, int heads)
    {
        (string Cosines, string Sines) tables = _rotary.FindTables(
            rotary, rotary.Positions, dynamic => ComputeAngles(rotary, dynamic, LongestSequence(input.Name)));

        // Each token is passed as a separate sequence: a sequence may not be longer than the tables, but a run can be.
        OnnxGraphBuilder builder = graph.Builder;
        string one = builder.Integers(1);
        string turned = _rotary.Turn(
            builder.Node("Unsqueeze", [input.Name, one]),
            builder.Node("Unsqueeze", [Net.Positions.Name, one]),
            tables,
            rotary,
            input.Width / heads,
            heads);
        return input with { Name = builder.Node("Squeeze", [turned, one]) };
    }

    /// <inheritdoc/>
    public string Distances(string rows, string name)
    {
        OnnxGraphBuilder builder = graph.Builder;
        string length = LongestSequence(rows);
        string start = builder.Scalar($"{name}/zero", 0L), step = builder.Scalar($"{name}/one", 1L);
        string last = builder.Constant($"{name}/last_axis", 1);
        string order = builder.Node("Range", [start, builder.Node("Squeeze", [length]), step]);
        return builder.Node(
            "Sub", [builder.Node("Unsqueeze", [order, zero]), builder.Node("Unsqueeze", [order, last])]);
    }

    /// <inheritdoc/>
    public abstract string Attend(
        OnnxGraphBuilder builder, Value query, Value key, Value value, string? bias, Attention attention);

    /// <summary>The length of the longest sequence, int64 [1].</summary>
    /// <param name="rows">A value with a row per token, [tokens, any].</param>
    protected abstract string LongestSequence(string rows);

    /// <summary>The angles for the length of a sequence, with a row for each of its positions.</summary>
    private string ComputeAngles(Rotary rotary, DynamicTheta dynamic, string length)
    {
        OnnxGraphBuilder builder = graph.Builder;
        string tokens = builder.Node("Cast", [builder.Node("Squeeze", [length])], ("to", (int)TensorElementType.Float));
        string frequencies = _rotary.ComputeFrequencies(rotary, dynamic, tokens);
        string positions = builder.Node("Range", [builder.Scalar(0f), tokens, builder.Scalar(1f)]);
        return builder.Node("Mul", [builder.Reshape(positions, -1, 1), frequencies]);
    }
}
