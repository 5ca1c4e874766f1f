namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Puts something before a text that is not empty: <c>Prepend</c> of Hugging Face's tokenizers.</summary>
/// <param name="prefix">What is put there.</param>
internal sealed class PrependNormalizer(string prefix) : Normalizer, IStage<Normalizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Prepend"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Prepend", prefix);

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json)
    {
        // Hugging Face's tokenizers lose their place in the text by nothing at all, and end or cut it elsewhere afterwards.
        string prefix = json.String("prepend");
        return prefix.Length > 0
            ? new PrependNormalizer(prefix)
            : throw new ModelFormatException($"{json.NameOf("prepend")} is empty in {TokenizerJson.FileName}.");
    }

    /// <inheritdoc/>
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}
