using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
/// <param name="form">The form.</param>
internal sealed class UnicodeNormalizer(NormalizationForm form) : Normalizer, IStage<Normalizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["NFC", "NFD", "NFKC", "NFKD"];

    /// <inheritdoc/>
    public override string Identity => form.ToString();

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json)
    {
        UnicodeNormalization.Require(TokenizerJson.FileName);
        return new UnicodeNormalizer(json.Kind switch
        {
            "NFC" => NormalizationForm.FormC,
            "NFD" => NormalizationForm.FormD,
            "NFKC" => NormalizationForm.FormKC,
            _ => NormalizationForm.FormKD,
        });
    }

    /// <inheritdoc/>
    public override string Normalize(string text) => UnicodeNormalization.Normalize(text, form);
}
