namespace CodeEmbed.Onnx.Graph;

/// <summary>Attention within one sequence. It needs no mask, and without one ONNX Runtime uses flash attention on the CPU.</summary>
/// <param name="heads">How many heads.</param>
/// <param name="zero">A constant [1] that is 0.</param>
internal sealed class SequenceAttention(int heads, string zero) : IAttention
{
    /// <inheritdoc/>
    public string Attend(OnnxGraphBuilder builder, string query, string key, string value)
    {
        string Batch(string rows) => builder.Node("Unsqueeze", [rows, zero]);

        string context = builder.MicrosoftNode("MultiHeadAttention", [Batch(query), Batch(key), Batch(value)], ("num_heads", heads));
        return builder.Node("Squeeze", [context, zero]);
    }
}
