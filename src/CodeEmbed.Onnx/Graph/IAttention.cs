namespace CodeEmbed.Onnx.Graph;

/// <summary>How the graph attends from token to token.</summary>
internal interface IAttention
{
    /// <summary>Attends.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="query">The query, [tokens, hidden].</param>
    /// <param name="key">The key, [tokens, hidden].</param>
    /// <param name="value">The value, [tokens, hidden].</param>
    /// <returns>The context, [tokens, hidden].</returns>
    string Attend(OnnxGraphBuilder builder, string query, string key, string value);
}
