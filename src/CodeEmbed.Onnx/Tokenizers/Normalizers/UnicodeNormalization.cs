using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Unicode normalization with the data of Unicode 9, as in Hugging Face's tokenizers.</summary>
internal static class UnicodeNormalization
{
    /// <summary>
    ///   The ranges with the characters that Unicode 10 to 17 normalizes but Unicode 9 does not have. In Unicode 9 they, and
    ///   those between them, are unassigned: they do not change, and nothing is composed or reordered across them.
    /// </summary>
    private static readonly (int First, int Last)[] Inert =
    [
        (0x07FD, 0x07FD), (0x0897, 0x089F), (0x08CA, 0x08D3), (0x09FE, 0x09FE), (0x0C3C, 0x0C3C), (0x0D3B, 0x0D3C), (
            0x0EBA, 0x0EBA),
        (0x1715, 0x1715), (0x1ABF, 0x1AEB), (0x1DF6, 0x1DFA), (0x32FF, 0x32FF), (0xA7F1, 0xA7F4), (0xA82C, 0xA82C), (
            0xAB69, 0xAB69),
        (0x105C9, 0x105E4), (0x10781, 0x107BA), (0x10D24, 0x10D6D), (0x10EAB, 0x10F85), (0x11070, 0x11070), (
            0x1133B, 0x1133B),
        (0x11382, 0x113D0), (0x1145E, 0x1145E), (0x11839, 0x1183A), (0x11930, 0x11A99), (0x11D42, 0x11F42), (0x1611E, 0x1612F),
        (0x16D63, 0x16D6A), (0x16FF0, 0x16FF1), (0x1CCD6, 0x1CCF9), (0x1E030, 0x1E6F5), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9),
    ];

    /// <summary>
    ///   Checks that text can be normalized. In a process without ICU, it would silently stay unchanged.
    /// </summary>
    /// <param name="fileName">The file that specifies it.</param>
    /// <exception cref="ModelFormatException">Text cannot be normalized.</exception>
    public static void Require(string fileName)
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) == "\u00e9")
            return;

        throw new ModelFormatException(
            $"the normalizer in {fileName} needs Unicode normalization, which is off in this process: see "
            + "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    }

    /// <summary>Normalizes a text without lone surrogates.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text))
            return text;

        var normalized = new StringBuilder(text.Length);
        int from = 0, position = 0;
        while (position < text.Length)
        {
            var rune = Rune.GetRuneAt(text, position);
            int next = position + rune.Utf16SequenceLength;
            if (IsInert(rune.Value))
            {
                normalized.Append(NormalizeKnown(text[from..position], form)).Append(text, position, next - position);
                from = next;
            }

            position = next;
        }

        return from == 0 ? NormalizeKnown(text, form) : normalized.Append(NormalizeKnown(text[from..], form)).ToString();
    }

    private static string NormalizeKnown(string text, NormalizationForm form) => CombiningMarks.Order(text, form).Normalize(form);

    private static bool IsInert(int codePoint)
    {
        if (codePoint < Inert[0].First)
            return false;

        if (IsNoncharacter(codePoint))
            return true;

        foreach ((int first, int last) in Inert)
        {
            if (codePoint <= last)
                return codePoint >= first;
        }

        return false;
    }

    /// <summary>
    ///   Code points that will never be characters. They stay unchanged too, but .NET does not accept text with U+FFFE, and if it
    ///   finds no ICU, as under Wine, not with those at the end of a plane either.
    /// </summary>
    private static bool IsNoncharacter(int codePoint) =>
        (codePoint & 0xFFFE) == 0xFFFE || codePoint is >= 0xFDD0 and <= 0xFDEF;
}
