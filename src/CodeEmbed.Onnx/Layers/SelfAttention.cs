using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention within one sequence. It needs no mask, and without one ONNX Runtime uses flash attention on the CPU.
/// </summary>
/// <param name="zero">A constant [1] that is 0.</param>
internal sealed class SelfAttention(string zero) : ISelfAttention
{
    /// <inheritdoc/>
    public string LongestSequence(OnnxGraphBuilder builder, string rows) =>
        builder.Node("Shape", [rows], ("start", 0), ("end", 1));

    /// <inheritdoc/>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value, string? bias, int heads)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);

        // Between the value and the bias of the scores are a bias of the projections and a mask.
        string[] inputs = [Batch(query), Batch(key), Batch(value)];
        if (bias is not null)
            inputs = [.. inputs, string.Empty, string.Empty, bias];

        string context = builder.MicrosoftNode("MultiHeadAttention", inputs, ("num_heads", heads));
        return builder.Node("Squeeze", [context, zero]);
    }
}
