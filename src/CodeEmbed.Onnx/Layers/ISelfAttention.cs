using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>How a graph attends from token to token.</summary>
internal interface ISelfAttention
{
    /// <summary>The length of the longest sequence, [1].</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="rows">A value with a row per token, [tokens, any].</param>
    string LongestSequence(OnnxGraphBuilder builder, string rows);

    /// <summary>Attends.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="query">The query, [tokens, hidden].</param>
    /// <param name="key">The key, [tokens, hidden].</param>
    /// <param name="value">The value, [tokens, hidden].</param>
    /// <param name="bias">
    ///   The bias that is added to the scores, [1, heads, longest, longest]; <see langword="null"/> for none.
    /// </param>
    /// <param name="attention">Its kind; key and value have as many heads as the query.</param>
    /// <returns>The context, [tokens, hidden]; in a rectangle [sequences, longest, hidden].</returns>
    string Attend(OnnxGraphBuilder builder, string query, string key, string value, string? bias, Attention attention);
}
