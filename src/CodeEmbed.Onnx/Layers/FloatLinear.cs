namespace CodeEmbed.Onnx.Layers;

/// <summary>Linear parts in float32. Gemm accepts torch's [out, in] matrices unchanged.</summary>
internal sealed class FloatLinear(Graph graph) : ILinear
{
    /// <inheritdoc/>
    public string[] Apply(string input, IReadOnlyList<string> parts) =>
        [.. parts.Select(part => graph.Builder.Node("Gemm", Inputs(input, part), ("transB", 1)))];

    private string[] Inputs(string input, string part) => graph.HasBias(part)
        ? [input, graph.Weight(part), graph.Bias(part)]
        : [input, graph.Weight(part)];
}
