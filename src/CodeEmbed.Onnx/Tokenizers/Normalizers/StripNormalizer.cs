namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Removes the white space at the ends of a text: <c>Strip</c> in Hugging Face's tokenizers.</summary>
/// <param name="left">Whether to remove it at the start.</param>
/// <param name="right">Whether to remove it at the end.</param>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer, IStage<Normalizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Strip"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Strip", left, right);

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json) =>
        new StripNormalizer(json.Boolean("strip_left"), json.Boolean("strip_right"));

    /// <inheritdoc/>
    public override bool KeepsBeginning(string space) => !left;

    /// <inheritdoc/>
    public override string Normalize(string text)
    {
        if (left)
            text = text.TrimStart();

        return right ? text.TrimEnd() : text;
    }
}
