using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>
///   Lowercase: each character on its own becomes what Unicode's lower case of it is, whatever is around it and whatever the
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
    public override bool Lowercases => true;

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json) => new LowercaseNormalizer();

    /// <summary>Writes the lower case of a character.</summary>
    public static void AppendLower(StringBuilder text, Rune rune)
    {
        if (rune == DottedCapital)
            text.Append("i\u0307");
        else
            text.Append(new Rune(FindAddition(rune.Value) ?? Rune.ToLowerInvariant(rune).Value));
    }

    /// <inheritdoc/>
    public override string Normalize(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            AppendLower(lower, rune);

        return lower.ToString();
    }

    /// <summary>What Unicode 16 and 17 have, and the casing of .NET 10 does not.</summary>
    private static int? FindAddition(int value) => value switch
    {
        0x1C89 or 0xA7CC or 0xA7CE or 0xA7D2 or 0xA7D4 or 0xA7DA => value + 1,
        0xA7CB => 0x0264,
        0xA7DC => 0x019B,
        >= 0x10D50 and <= 0x10D65 => value + 0x20,
        >= 0x16EA0 and <= 0x16EB8 => value + 0x1B,
        _ => null,
    };
}
