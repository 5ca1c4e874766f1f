using System.Text;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>
///   Lowercase: each character on its own becomes what Unicode's lower case of it is, whatever stands around it and whatever the
///   culture.
/// </summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    /// <summary>The one character whose lower case is two: the capital I with a dot above.</summary>
    private static readonly Rune DottedCapital = new('\u0130');

    /// <inheritdoc/>
    public string Description => "Lowercase";

    /// <inheritdoc/>
    public string Normalize(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune == DottedCapital)
                lower.Append("i\u0307");
            else
                lower.Append(Rune.ToLowerInvariant(rune));
        }

        return lower.ToString();
    }
}
