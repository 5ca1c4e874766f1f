namespace CodeEmbed;

/// <summary>How a text that is longer than the model sees is treated.</summary>
public enum EmbeddingOverflow
{
    /// <summary>
    ///   The text is cut: <see cref="CodeEmbedding.TruncatedTokens"/> says how many tokens the model did not see.
    /// </summary>
    Truncate,

    /// <summary>
    ///   The model sees all of it, in windows that overlap by a fifth, and the vector is the mean of theirs:
    ///   <see cref="CodeEmbedding.Windows"/> says how many there are.
    /// </summary>
    /// <remarks>
    ///   <para>
    ///     Of a text of n tokens, those of the prompt and the special ones not counted, each window has r at most: as many as the
    ///     model sees besides the special tokens and the prompt's p. Window k, from 0 on, has the tokens from k * s on, where
    ///     s = r - floor(r / 5); the last is the first one that reaches the end. Before them come the special tokens of the start
    ///     and the prompt's, which are the first p tokens of the prompt and the text together, and after them the special tokens
    ///     of the end: the model sees each window as it would see a separate text.
    ///   </para>
    ///   <para>
    ///     With v(k) for the vector of window k, pooled and scaled as every vector of the model, and c(k) for the number of its
    ///     tokens, the prompt's and the special ones not counted, the vector is v = sum of c(k) * v(k) / sum of c(k), in float64.
    ///     If the model's vectors are scaled to Euclidean length 1, it is scaled again: v / max(|v|, 1e-12). A text that the
    ///     model sees whole is one window, and its vector is that of <see cref="Truncate"/>.
    ///   </para>
    /// </remarks>
    Window,

    /// <summary>The snippet is rejected with an <see cref="EmbeddingException"/>.</summary>
    Error,
}
