using static CodeEmbed.Onnx.Weights.RobertaNames;

namespace CodeEmbed.Onnx.Graph;

/// <summary>Linear parts in float32. Gemm takes torch's [out, in] matrices as they lie.</summary>
internal sealed class FloatLinearParts(OnnxGraphBuilder builder) : ILinearParts
{
    /// <inheritdoc/>
    public string[] Apply(string input, params string[] parts) =>
        [.. parts.Select(part => builder.Node("Gemm", [input, Weight(part), Bias(part)], ("transB", 1)))];
}
