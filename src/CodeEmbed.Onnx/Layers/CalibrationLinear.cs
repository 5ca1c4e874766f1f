using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Linear parts that also measure, as outputs of the graph in the order of their use, how much of an outlier each channel of
///   their input is.
/// </summary>
/// <remarks>
///   <para>
///     For each channel: the root of the mean square, over the tokens, of its share of the largest value of the token. A channel
///     that is large in every token has a large mean, and one that is large in a single token does not: that token has its own
///     scale.
///   </para>
///   <para>
///     The first and the last token count for half as much as all tokens together. They are the special ones, with their own
///     outlier channels, and attention relies on them in every text, and more so in short texts.
///   </para>
/// </remarks>
internal sealed class CalibrationLinear(OnnxGraphBuilder builder, ILinear linear) : ILinear
{
    private readonly string _smallest = builder.Scalar("smallest", 1e-30f);
    private readonly string _endShare = builder.Scalar("end_share", 0.5f);
    private readonly string _ends = builder.Constant("ends", 0, -1);

    /// <inheritdoc/>
    public string[] Apply(string input, IReadOnlyList<string> parts)
    {
        Observe(input);
        return linear.Apply(input, parts);
    }

    private void Observe(string input)
    {
        string sizes = builder.Node("Abs", [input]);
        string largest = builder.Node("Max", [builder.Node("ReduceMax", [sizes], ("axes", new long[] { 1 })), _smallest]);
        string shares = builder.Node("Div", [sizes, largest]);
        string squares = builder.Node("Mul", [shares, shares]);
        string ofEnds = builder.Node("Mul", [Mean(builder.Node("Gather", [squares, _ends], ("axis", 0))), _endShare]);
        builder.Output(builder.Node("Sqrt", [builder.Node("Add", [Mean(squares), ofEnds])]), rank: 1);
    }

    private string Mean(string rows) => builder.Node("ReduceMean", [rows], ("axes", new long[] { 0 }), ("keepdims", 0));
}
