namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Adds a prefix to a text that is not empty: <c>Prepend</c> in Hugging Face's tokenizers.</summary>
/// <param name="prefix">The prefix.</param>
internal sealed class PrependNormalizer(string prefix) : Normalizer, IStage<Normalizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Prepend"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Prepend", prefix);

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json)
    {
        // With an empty prefix, Hugging Face's tokenizers lose their position in the text, and later end or cut it elsewhere.
        string prefix = json.String("prepend");
        return prefix.Length > 0
            ? new PrependNormalizer(prefix)
            : throw new ModelFormatException($"{json.NameOf("prepend")} is empty in {TokenizerJson.FileName}.");
    }

    /// <inheritdoc/>
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}
