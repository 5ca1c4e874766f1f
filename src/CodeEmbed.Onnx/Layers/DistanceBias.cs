using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   A bias for attention scores that depends on the distance from query to key: it hides keys that are too far away, and with
///   ALiBi lowers the scores of the others.
/// </summary>
internal sealed class DistanceBias
{
    private readonly Graph _graph;
    private readonly string _zero, _shown, _hidden, _batchAxes;
    private readonly Dictionary<int, string> _slopes = [];

    /// <summary>Creates an instance. Its constants are in the graph, where all subgraphs see them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="zero">A constant [1] that is 0.</param>
    /// <param name="hidden">The bias that hides a key.</param>
    public DistanceBias(Graph graph, string zero, float hidden)
    {
        _graph = graph;
        _zero = zero;
        _shown = graph.Number(0);
        _hidden = graph.Number(hidden);
        _batchAxes = graph.Builder.Integers(0, 1);
    }

    /// <summary>Computes the bias.</summary>
    /// <param name="builder">The graph or a subgraph.</param>
    /// <param name="distances">The distances, key minus query, int64 [queries, keys].</param>
    /// <param name="attention">The kind of attention, which is not plain.</param>
    /// <returns>The bias, [1, heads or 1, queries, keys].</returns>
    /// <exception cref="ArgumentException">The attention is plain.</exception>
    public string Compute(OnnxGraphBuilder builder, string distances, Attention attention)
    {
        string? bias = null;
        if (attention.IsAlibi)
        {
            string lengths = builder.Node("Cast", [builder.Node("Abs", [distances])], ("to", (int)_graph.Type));
            bias = builder.Node("Unsqueeze", [builder.Node("Mul", [lengths, Slopes(attention.Heads)]), _zero]);
        }

        if (attention.Before is { } before)
            bias = Hide(builder, builder.Node("Less", [distances, _graph.Integer(-before)]), bias);

        if (attention.After is { } after)
            bias = Hide(builder, builder.Node("Greater", [distances, _graph.Integer(after)]), bias);

        return bias ?? throw new ArgumentException("It hides nothing and adds nothing.", nameof(attention));
    }

    private string Hide(OnnxGraphBuilder builder, string hidden, string? bias) => builder.Node(
        "Where", [builder.Node("Unsqueeze", [hidden, _batchAxes]), _hidden, bias ?? _shown]);

    private string Slopes(int heads)
    {
        if (!_slopes.TryGetValue(heads, out string? slopes))
            _slopes.Add(heads, slopes = _graph.Numbers(AlibiSlopes.Of(heads), heads, 1, 1));

        return slopes;
    }
}
