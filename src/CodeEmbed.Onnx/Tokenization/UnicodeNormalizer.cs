using System.Text;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
/// <param name="form">Which of them.</param>
internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    /// <inheritdoc/>
    public string Description => form.ToString();

    /// <inheritdoc/>
    public string Normalize(string text) => UnicodeNormalization.Normalize(text, form);
}
