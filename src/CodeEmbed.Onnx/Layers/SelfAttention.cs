using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention within one sequence. If every token looks at every token it needs no mask, and without one ONNX Runtime uses
///   flash attention on the CPU. Otherwise the queries are processed in blocks: <see cref="BlockAttention"/>.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="zero">A constant [1] that is 0.</param>
internal sealed class SelfAttention(Graph graph, string zero) : UnpaddedSelfAttention(graph, zero)
{
    private BlockAttention? _blocks;

    /// <inheritdoc/>
    public override string Attend(
        OnnxGraphBuilder builder, Value query, Value key, Value value, string? bias, Attention attention)
    {
        if (!attention.IsPlain)
            return Blocks().Attend(builder, query.Name, key.Name, value.Name, attention);

        return Attend(builder, Zero, query.Name, key.Name, value.Name, bias, attention);
    }

    /// <summary>Attends with ONNX Runtime's operator.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="zero">A constant [1] that is 0.</param>
    /// <param name="query">The query, [queries, hidden].</param>
    /// <param name="key">The key, [keys, hidden].</param>
    /// <param name="value">The value, [keys, hidden].</param>
    /// <param name="bias">
    ///   The bias that is added to the scores, [1, heads or 1, queries, keys]; <see langword="null"/> for none.
    /// </param>
    /// <param name="attention">Its kind.</param>
    /// <returns>The context, [queries, hidden].</returns>
    public static string Attend(
        OnnxGraphBuilder builder,
        string zero,
        string query,
        string key,
        string value,
        string? bias,
        Attention attention)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);

        // Between the value and the bias of the scores, the operator has inputs for a bias of the projections and a mask.
        string[] inputs = [Batch(query), Batch(key), Batch(value)];
        if (bias is not null)
            inputs = [.. inputs, string.Empty, string.Empty, bias];

        (string Name, object Value)[] attributes = [("num_heads", attention.Heads)];
        if (attention.Scale is { } scale)
            attributes = [.. attributes, ("scale", scale)];

        string context = builder.MicrosoftNode("MultiHeadAttention", inputs, attributes);
        return builder.Node("Squeeze", [context, zero]);
    }

    /// <inheritdoc/>
    protected override string LongestSequence(string rows) =>
        Graph.Builder.Node("Shape", [rows], ("start", 0), ("end", 1));

    // Its constants are in the main graph, where all subgraphs see them.
    private BlockAttention Blocks() => _blocks ??= new BlockAttention(Graph, Zero);
}
