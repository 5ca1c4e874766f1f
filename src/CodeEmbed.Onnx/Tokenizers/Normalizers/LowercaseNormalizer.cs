using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>
///   Lowercase: each character on its own becomes what Unicode's lower case of it is, whatever stands around it and whatever the
///   culture.
/// </summary>
internal sealed class LowercaseNormalizer : Normalizer, IStage<Normalizer>
{
    /// <summary>The one character whose lower case is two: the capital I with a dot above.</summary>
    private static readonly Rune DottedCapital = new('\u0130');

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Lowercase"];

    /// <inheritdoc/>
    public override string Identity => "Lowercase";

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json) => new LowercaseNormalizer();

    /// <inheritdoc/>
    public override string Normalize(string text)
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
