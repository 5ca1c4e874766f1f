namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>A token that is found in the text as it is written, before anything is split.</summary>
/// <param name="Content">The text.</param>
/// <param name="Id">The id.</param>
/// <param name="LeftStrip">Whether it takes the white space before it.</param>
/// <param name="RightStrip">Whether it takes the white space after it.</param>
/// <param name="SingleWord">Whether it counts only where no letter or digit touches it.</param>
/// <param name="Normalized">Whether it is looked for only after those for which this is not so.</param>
internal sealed record AddedToken(
    string Content, int Id, bool LeftStrip = false, bool RightStrip = false, bool SingleWord = false, bool Normalized = true);
