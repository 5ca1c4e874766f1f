using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention for several sequences whose tokens follow each other: it is computed for one sequence at a time.
/// </summary>
/// <remarks>
///   Each sequence goes through the same operator as if it were alone, with the same bits. A single one is not copied.
/// </remarks>
internal sealed class PackedSelfAttention : UnpaddedSelfAttention
{
    private readonly SelfAttention _sequence;
    private readonly string _lengths, _starts, _ends, _count, _isSingle, _true;
    private string? _biasAxes, _biasStarts;

    /// <summary>Creates an instance.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="lengths">How many tokens each sequence has, [sequences].</param>
    /// <param name="zero">A constant [1] that is 0.</param>
    public PackedSelfAttention(Graph graph, string lengths, string zero)
        : base(graph, zero)
    {
        OnnxGraphBuilder builder = graph.Builder;
        _sequence = new SelfAttention(graph, zero);
        _lengths = lengths;
        _ends = builder.Node("CumSum", [lengths, zero]);
        _starts = builder.Node("Sub", [_ends, lengths]);
        _count = builder.Node("Size", [lengths]);
        string one = builder.Scalar("one", 1L);
        _isSingle = builder.Node("Equal", [_count, one]);
        _true = builder.Node("Equal", [one, one]);
    }

    /// <inheritdoc/>
    public override string Attend(
        OnnxGraphBuilder builder, Value query, Value key, Value value, string? bias, Attention attention)
    {
        if (bias is not null)
        {
            _biasAxes ??= builder.Constant("bias_axes", 2, 3);
            _biasStarts ??= builder.Constant("bias_starts", 0, 0);
        }

        OnnxGraphBuilder alone = builder.Subgraph();
        alone.Output(_sequence.Attend(alone, query, key, value, bias, attention));

        OnnxGraphBuilder each = builder.Subgraph();
        string contexts = each.Node(
            "Loop",
            [_count, _true, each.Node("SequenceEmpty", [])],
            ("body", AttendNext(each.Subgraph(), [query, key, value], bias, attention)));
        each.Output(each.Node("ConcatFromSequence", [contexts], ("axis", 0)));

        return builder.Node("If", [_isSingle], ("then_branch", alone), ("else_branch", each));
    }

    /// <inheritdoc/>
    protected override string LongestSequence(string rows) => Graph.Builder.Node("ReduceMax", [_lengths]);

    /// <summary>
    ///   The Loop's body for the next sequence: it appends the sequence's context to those of the sequences before it.
    /// </summary>
    private OnnxGraphBuilder AttendNext(OnnxGraphBuilder body, Value[] projections, string? bias, Attention attention)
    {
        string number = body.Node("Unsqueeze", [body.LoopNumber(), Zero]);
        string condition = body.LoopCondition(), contexts = body.SequenceInput();
        string start = body.Node("Gather", [_starts, number]), end = body.Node("Gather", [_ends, number]);
        Value[] rows =
        [
            .. projections.Select(
                projection => projection with { Name = body.Node("Slice", [projection.Name, start, end, Zero]) }),
        ];
        if (bias is not null)
        {
            // The bias is for the longest sequence, and begins with that for a shorter one.
            string length = body.Node("Sub", [end, start]);
            string ends = body.Node("Concat", [length, length], ("axis", 0));
            bias = body.Node("Slice", [bias, _biasStarts!, ends, _biasAxes!]);
        }

        string context = _sequence.Attend(body, rows[0], rows[1], rows[2], bias, attention);

        body.ConditionOutput(body.Node("Identity", [condition]));
        body.SequenceOutput(body.Node("SequenceInsert", [contexts, context]));
        return body;
    }
}
