using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Attention within one sequence. It needs no mask, and without one ONNX Runtime uses flash attention on the CPU.
/// </summary>
/// <param name="zero">A constant [1] that is 0.</param>
internal sealed class SelfAttention(string zero) : ISelfAttention
{
    /// <inheritdoc/>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value, Attention attention)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);

        string context = builder.MicrosoftNode(
            "MultiHeadAttention", [Batch(query), Batch(key), Batch(value)], ("num_heads", attention.Heads));
        return builder.Node("Squeeze", [context, zero]);
    }
}
