namespace CodeEmbed.Onnx.Tokenization;

/// <summary>What becomes of the text that a pre-tokenizer matches: <c>SplitDelimiterBehavior</c> in Hugging Face's tokenizers.</summary>
internal enum SplitBehavior
{
    /// <summary>It is left out.</summary>
    Removed,

    /// <summary>It is a piece of its own.</summary>
    Isolated,

    /// <summary>It is the end of the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It is the beginning of the piece after it.</summary>
    MergedWithNext,

    /// <summary>It is one piece with what is matched beside it.</summary>
    Contiguous,
}
