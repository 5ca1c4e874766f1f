using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>How a graph attends from token to token, and where the tokens of a sequence are.</summary>
internal interface ISelfAttention
{
    /// <summary>Rotates the heads of a query or a key by the positions of their tokens.</summary>
    /// <param name="input">The query or the key, [tokens, width].</param>
    /// <param name="rotary">The rotation.</param>
    /// <param name="heads">How many heads it has.</param>
    /// <returns>The rotated rows, for <see cref="Attend"/> or a reshape: their shape is the kind of attention's own.</returns>
    Value Turn(Value input, Rotary rotary, int heads);

    /// <summary>
    ///   How far each key is from each query in the longest sequence, key minus query, int64 [longest, longest].
    /// </summary>
    /// <param name="rows">A value with a row per token, [tokens, any].</param>
    /// <param name="name">What the names of new constants start with.</param>
    string Distances(string rows, string name);

    /// <summary>Attends.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="query">The query, [tokens, hidden], or what <see cref="Turn"/> made of it.</param>
    /// <param name="key">The key, likewise.</param>
    /// <param name="value">The value, [tokens, hidden].</param>
    /// <param name="bias">
    ///   The bias that is added to the scores, [1, heads, longest, longest]; <see langword="null"/> for none.
    /// </param>
    /// <param name="attention">Its kind; key and value have as many heads as the query.</param>
    /// <returns>The context, [tokens, hidden].</returns>
    string Attend(OnnxGraphBuilder builder, Value query, Value key, Value value, string? bias, Attention attention);
}
