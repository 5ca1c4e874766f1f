using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention within a sequence in which not all tokens look at all others, or in which scores depend on the distance. The
///   queries are processed in blocks, each with the keys that it can see, so memory grows linearly with the length, and a
///   window does not take more time per token in a longer text.
/// </summary>
/// <remarks>
///   ONNX Runtime's own causal operators save a fraction of a millisecond for short texts and take longer for long ones, and have
///   no two-sided window and no ALiBi: docs/performance.md has the measurements.
/// </remarks>
internal sealed class BlockAttention
{
    /// <summary>How many queries are in a block. A typical snippet is one block.</summary>
    private const int BlockLength = 256;

    private readonly string _zero, _one, _length, _roundUp, _true;
    private readonly Graph _graph;
    private readonly DistanceBias _bias;

    /// <summary>Creates an instance.</summary>
    /// <param name="graph">The graph; its subgraphs see its values.</param>
    /// <param name="zero">A constant [1] that is 0.</param>
    public BlockAttention(Graph graph, string zero)
    {
        OnnxGraphBuilder builder = graph.Builder;
        _graph = graph;
        _zero = zero;
        _one = builder.Scalar(1L);
        _length = builder.Integers(BlockLength);
        _roundUp = builder.Integers(BlockLength - 1);
        _true = builder.Node("Equal", [_one, _one]);
        _bias = new DistanceBias(graph, zero, float.NegativeInfinity);
    }

    /// <summary>Attends.</summary>
    /// <param name="builder">The graph in which it attends.</param>
    /// <param name="query">The query, [tokens, hidden].</param>
    /// <param name="key">The key, [tokens, hidden].</param>
    /// <param name="value">The value, [tokens, hidden].</param>
    /// <param name="attention">Its kind.</param>
    /// <returns>The context, [tokens, hidden].</returns>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value, Attention attention)
    {
        string tokens = builder.Node("Shape", [query], ("start", 0), ("end", 1));
        string blocks = builder.Node(
            "Squeeze", [builder.Node("Div", [builder.Node("Add", [tokens, _roundUp]), _length])]);
        string contexts = builder.Node(
            "Loop",
            [blocks, _true, builder.Node("SequenceEmpty", [])],
            ("body", AttendNext(builder.Subgraph(), tokens, query, key, value, attention)));
        return builder.Node("ConcatFromSequence", [contexts], ("axis", 0));
    }

    private OnnxGraphBuilder AttendNext(
        OnnxGraphBuilder body, string tokens, string query, string key, string value, Attention attention)
    {
        string number = body.Node("Unsqueeze", [body.LoopNumber(), _zero]);
        string condition = body.LoopCondition(), contexts = body.SequenceInput();
        string start = body.Node("Mul", [number, _length]);
        string end = body.Node("Min", [body.Node("Add", [start, _length]), tokens]);
        string firstKey = attention.Before is { } before
            ? body.Node("Max", [body.Node("Sub", [start, _graph.Integer(before)]), _zero])
            : _zero;
        string endKey = attention.After is { } after
            ? body.Node("Min", [body.Node("Add", [end, _graph.Integer(after)]), tokens])
            : tokens;
        string context = SelfAttention.Attend(
            body,
            _zero,
            body.Node("Slice", [query, start, end, _zero]),
            body.Node("Slice", [key, firstKey, endKey, _zero]),
            body.Node("Slice", [value, firstKey, endKey, _zero]),
            FindBias(body, start, end, firstKey, endKey, attention),
            attention);

        body.ConditionOutput(body.Node("Identity", [condition]));
        body.SequenceOutput(body.Node("SequenceInsert", [contexts, context]));
        return body;
    }

    /// <summary>The bias that is added to the scores of a block, [1, heads or 1, queries, keys].</summary>
    private string FindBias(
        OnnxGraphBuilder body, string start, string end, string firstKey, string endKey, Attention attention)
    {
        string Range(string from, string to) =>
            body.Node("Range", [body.Node("Squeeze", [from]), body.Node("Squeeze", [to]), _one]);

        string queries = body.Node("Unsqueeze", [Range(start, end), _graph.Integer(1)]);
        string keys = body.Node("Unsqueeze", [Range(firstKey, endKey), _zero]);
        string distances = body.Node("Sub", [keys, queries]);
        return _bias.Compute(body, distances, attention);
    }
}
