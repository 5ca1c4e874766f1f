namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>A token that is matched literally in the text, before anything is split.</summary>
/// <param name="Content">The text.</param>
/// <param name="Id">The id.</param>
/// <param name="LeftStrip">Whether it includes the white space before it.</param>
/// <param name="RightStrip">Whether it includes the white space after it.</param>
/// <param name="SingleWord">Whether it matches only if there is no letter or digit next to it.</param>
/// <param name="Normalized">Whether it is matched in the normalized text, after the tokens that are not normalized.</param>
internal sealed record AddedToken(
    string Content, int Id, bool LeftStrip = false, bool RightStrip = false, bool SingleWord = false, bool Normalized = true);
