namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>A text as the model sees it.</summary>
/// <param name="Ids">The token ids, including the special ones; not longer than the maximum length.</param>
/// <param name="TruncatedTokens">How many tokens were cut off.</param>
internal sealed record TokenSequence(long[] Ids, int TruncatedTokens);
