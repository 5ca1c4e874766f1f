using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention in a rectangle of sequences: within each sequence, and never to padding. A window, causal order and the distance
///   change the scores through a bias that all sequences share.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="rectangle">The inputs that describe the rectangle.</param>
internal sealed class RectangleSelfAttention(Graph graph, Rectangle rectangle) : ISelfAttention
{
    /// <summary>
    ///   The bias that hides a key: far below any score, but finite in float16, even in a row in which all keys are hidden.
    /// </summary>
    private const float Hidden = -30_000;

    private readonly Dictionary<(int? Before, int? After, int? AlibiHeads), string> _biases = [];
    private string? _distances;

    /// <inheritdoc/>
    public string LongestSequence(OnnxGraphBuilder builder, string rows) => builder.Node("ReduceMax", [rectangle.Lengths]);

    /// <inheritdoc/>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value, string? bias, Attention attention)
    {
        string Shape(string rows) => builder.Node("Reshape", [rows, rectangle.Shape]);

        if (!attention.IsPlain)
            bias = FindBias(builder, attention);

        // In float16, the fastest kernels support only masks given by lengths, and no bias.
        string mask = graph.Type == TensorElementType.Float16 && bias is null ? rectangle.KeyLengths : rectangle.KeyOffsets;
        string[] inputs = [Shape(query), Shape(key), Shape(value), string.Empty, mask];
        if (bias is not null)
            inputs = [.. inputs, bias];

        (string Name, object Value)[] attributes = [("num_heads", attention.Heads)];
        if (attention.Scale is { } scale)
            attributes = [.. attributes, ("scale", scale)];

        return builder.MicrosoftNode("MultiHeadAttention", inputs, attributes);
    }

    /// <summary>The bias that is added to the scores, [1, heads or 1, longest, longest].</summary>
    private string FindBias(OnnxGraphBuilder builder, Attention attention)
    {
        (int?, int?, int?) key = (attention.Before, attention.After, attention.IsAlibi ? attention.Heads : null);
        if (!_biases.TryGetValue(key, out string? found))
            _biases.Add(key, found = ComputeBias(builder, attention));

        return found;
    }

    private string ComputeBias(OnnxGraphBuilder builder, Attention attention)
    {
        // From each query to each key, [longest, longest].
        _distances ??= builder.Node(
            "Sub",
            [
                builder.Node("Unsqueeze", [rectangle.Order, builder.Integers(0)]),
                builder.Node("Unsqueeze", [rectangle.Order, builder.Integers(1)]),
            ]);
        string batchAxes = builder.Integers(0, 1);
        string? bias = null;
        if (attention.IsAlibi)
        {
            string lengths = builder.Node("Cast", [builder.Node("Abs", [_distances])], ("to", (int)graph.Type));
            string slopes = graph.Numbers(AlibiSlopes.Of(attention.Heads), attention.Heads, 1, 1);
            bias = builder.Node("Unsqueeze", [builder.Node("Mul", [lengths, slopes]), builder.Integers(0)]);
        }

        string Hide(string hidden) => builder.Node(
            "Where", [builder.Node("Unsqueeze", [hidden, batchAxes]), graph.Number(Hidden), bias ?? graph.Number(0)]);

        if (attention.Before is { } before)
            bias = Hide(builder.Node("Less", [_distances, builder.Integers(-before)]));

        if (attention.After is { } after)
            bias = Hide(builder.Node("Greater", [_distances, builder.Integers(after)]));

        return bias ?? throw new ArgumentException("It hides nothing and adds nothing.", nameof(attention));
    }
}
