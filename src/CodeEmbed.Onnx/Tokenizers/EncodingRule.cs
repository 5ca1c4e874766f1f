namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>How a text is encoded, apart from its tokens.</summary>
internal enum EncodingRule
{
    /// <summary>Special tokens are put around it, and a text that is longer than the model sees is cut.</summary>
    Whole,

    /// <summary>
    ///   No special tokens are added, as for <c>StaticEmbedding</c> in sentence-transformers (<c>preprocess</c>).
    /// </summary>
    Plain,

    /// <summary>
    ///   No special tokens are added, and unknown tokens are removed. Before its tokens are counted, the text is cut to the
    ///   number of characters of as many median-length tokens as the model sees: <c>StaticModel.tokenize</c> in Model2Vec.
    /// </summary>
    Model2Vec,
}
