using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention for several sequences whose tokens follow each other: it is computed for one sequence at a time.
/// </summary>
/// <remarks>
///   Each sequence goes through the same operator as if it were alone, with the same bits. A single one is not copied.
/// </remarks>
internal sealed class PackedSelfAttention : ISelfAttention
{
    private readonly ISelfAttention _sequence;
    private readonly string _zero, _lengths, _starts, _ends, _count, _isSingle, _true;
    private string? _biasAxes, _biasStarts;

    /// <summary>Creates an instance.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="lengths">How many tokens each sequence has, [sequences].</param>
    /// <param name="sequence">The attention within one sequence.</param>
    /// <param name="zero">A constant [1] that is 0.</param>
    public PackedSelfAttention(OnnxGraphBuilder builder, string lengths, ISelfAttention sequence, string zero)
    {
        _sequence = sequence;
        _zero = zero;
        _lengths = lengths;
        _ends = builder.Node("CumSum", [lengths, zero]);
        _starts = builder.Node("Sub", [_ends, lengths]);
        _count = builder.Node("Size", [lengths]);
        string one = builder.Scalar("one", 1L);
        _isSingle = builder.Node("Equal", [_count, one]);
        _true = builder.Node("Equal", [one, one]);
    }

    /// <inheritdoc/>
    public string LongestSequence(OnnxGraphBuilder builder, string rows) => builder.Node("ReduceMax", [_lengths]);

    /// <inheritdoc/>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value, string? bias, Attention attention)
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

    /// <summary>
    ///   The Loop's body for the next sequence: it appends the sequence's context to those of the sequences before it.
    /// </summary>
    private OnnxGraphBuilder AttendNext(OnnxGraphBuilder body, string[] projections, string? bias, Attention attention)
    {
        string number = body.Node("Unsqueeze", [body.LoopNumber(), _zero]);
        string condition = body.LoopCondition(), contexts = body.SequenceInput();
        string start = body.Node("Gather", [_starts, number]), end = body.Node("Gather", [_ends, number]);
        string[] rows = [.. projections.Select(projection => body.Node("Slice", [projection, start, end, _zero]))];
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
