namespace CodeEmbed;

/// <summary>
///   How the hidden states of a snippet's tokens become one vector; the names are those of sentence-transformers. If there are
///   several, their vectors are concatenated, in the order in which they are listed here.
/// </summary>
[Flags]
public enum EmbeddingPooling
{
    /// <summary>The pooling that the model's files say, or else the mean.</summary>
    None = 0,

    /// <summary>The hidden state of the first token.</summary>
    Cls = 1,

    /// <summary>The largest value of each dimension over all tokens.</summary>
    Max = 2,

    /// <summary>The mean over all tokens.</summary>
    Mean = 4,

    /// <summary>The sum over all tokens, divided by the square root of their number.</summary>
    MeanSqrtLength = 8,

    /// <summary>The mean over all tokens, the first with the weight 1, the second with 2, and so on.</summary>
    WeightedMean = 16,

    /// <summary>The hidden state of the last token.</summary>
    LastToken = 32,
}
