namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>What becomes of a text beside its tokens.</summary>
internal enum EncodingRule
{
    /// <summary>Special tokens are put around it, and what is longer than the model sees is cut.</summary>
    Whole,

    /// <summary>
    ///   Nothing is put around it, as for <c>StaticEmbedding</c> of sentence-transformers (<c>preprocess</c>).
    /// </summary>
    Plain,

    /// <summary>
    ///   Nothing is put around it, unknown tokens are left out, and the text is cut to as many characters as the tokens that the
    ///   model sees have, if all are of median length, before its tokens are counted: <c>StaticModel.tokenize</c> of Model2Vec.
    /// </summary>
    Model2Vec,
}
