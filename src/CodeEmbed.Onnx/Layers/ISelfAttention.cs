using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>How a graph attends from token to token.</summary>
internal interface ISelfAttention
{
    /// <summary>Attends.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="query">The query, [tokens, hidden].</param>
    /// <param name="key">The key, [tokens, hidden].</param>
    /// <param name="value">The value, [tokens, hidden].</param>
    /// <param name="attention">Its kind.</param>
    /// <returns>The context, [tokens, hidden].</returns>
    string Attend(OnnxGraphBuilder builder, string query, string key, string value, Attention attention);
}
