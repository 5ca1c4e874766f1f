using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Linear parts that also give, as outputs of the graph in the order of their use, how much of an outlier each channel of their
///   input is.
/// </summary>
/// <remarks>
///   For each channel: the Euclidean norm, over the tokens, of its share of the largest value of the token. A channel that is
///   large in every token has a large norm, and one that is large in a single token has not: that token has a scale of its own.
/// </remarks>
internal sealed class CalibrationLinear(OnnxGraphBuilder builder, ILinear linear) : ILinear
{
    private readonly string _smallest = builder.Scalar("smallest", 1e-30f);

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
        string norms = builder.Node(
            "ReduceL2", [builder.Node("Div", [sizes, largest])], ("axes", new long[] { 0 }), ("keepdims", 0));
        builder.Output(norms, rank: 1);
    }
}
