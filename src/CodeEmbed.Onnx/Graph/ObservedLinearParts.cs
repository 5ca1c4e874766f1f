namespace CodeEmbed.Onnx.Graph;

/// <summary>Linear parts that also tell how much each of their input's channels stands out.</summary>
/// <remarks>
///   For each channel: the Euclidean norm, over the tokens, of its share of the largest value of the token. A channel that is large in
///   every token has a large norm, and one that is large in a single token has not: that token has a scale of its own.
/// </remarks>
internal sealed class ObservedLinearParts(OnnxGraphBuilder builder, ILinearParts parts) : ILinearParts
{
    private readonly List<string> _observations = [];
    private readonly string _smallest = builder.Scalar("smallest", 1e-30f);

    /// <summary>The values that were observed, [in], in the order in which the inputs are used.</summary>
    public IReadOnlyList<string> Observations => _observations;

    /// <inheritdoc/>
    public string[] Apply(string input, params string[] names)
    {
        Observe(input);
        return parts.Apply(input, names);
    }

    private void Observe(string input)
    {
        string sizes = builder.Node("Abs", [input]);
        string largest = builder.Node("Max", [builder.Node("ReduceMax", [sizes], ("axes", new long[] { 1 })), _smallest]);
        string norms = builder.Node("ReduceL2", [builder.Node("Div", [sizes, largest])], ("axes", new long[] { 0 }), ("keepdims", 0));
        builder.Output(norms, rank: 1);
        _observations.Add(norms);
    }
}
