namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>A snippet and its tokens.</summary>
/// <param name="Snippet">The snippet.</param>
/// <param name="Tokens">How the model sees it, the prompt before it.</param>
internal sealed record TokenizedSnippet(CodeSnippet Snippet, TokenSequence Tokens);
