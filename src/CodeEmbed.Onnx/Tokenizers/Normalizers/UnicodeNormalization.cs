using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Unicode normalization as Hugging Face's tokenizers carry it out, with the data of Unicode 9.</summary>
internal static class UnicodeNormalization
{
    /// <summary>
    ///   Where the characters are that Unicode 10 to 17 normalizes and Unicode 9 does not know. To Unicode 9 they, and those
    ///   between them, are unassigned: they stay as they are, and nothing is composed or reordered across them. So does U+FFFE,
    ///   which .NET does not take for text.
    /// </summary>
    private static readonly (int First, int Last)[] Inert =
    [
        (0x07FD, 0x07FD), (0x0897, 0x089F), (0x08CA, 0x08D3), (0x09FE, 0x09FE), (0x0C3C, 0x0C3C), (0x0D3B, 0x0D3C), (
            0x0EBA, 0x0EBA),
        (0x1715, 0x1715), (0x1ABF, 0x1AEB), (0x1DF6, 0x1DFA), (0x32FF, 0x32FF), (0xA7F1, 0xA7F4), (0xA82C, 0xA82C), (
            0xAB69, 0xAB69),
        (0xFFFE, 0xFFFE), (0x105C9, 0x105E4), (0x10781, 0x107BA), (0x10D24, 0x10D6D), (0x10EAB, 0x10F85), (0x11070, 0x11070), (
            0x1133B, 0x1133B),
        (0x11382, 0x113D0), (0x1145E, 0x1145E), (0x11839, 0x1183A), (0x11930, 0x11A99), (0x11D42, 0x11F42), (0x1611E, 0x1612F),
        (0x16D63, 0x16D6A), (0x16FF0, 0x16FF1), (0x1CCD6, 0x1CCF9), (0x1E030, 0x1E6F5), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9),
    ];

    /// <summary>
    ///   Checks that text can be normalized. Where a process runs without ICU, it would stay as it is, without a word.
    /// </summary>
    /// <param name="fileName">The file that asks for it.</param>
    /// <exception cref="ModelFormatException">It cannot.</exception>
    public static void Require(string fileName)
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) == "\u00e9")
            return;

        throw new ModelFormatException(
            $"the normalizer in {fileName} needs Unicode normalization, which this process runs without: see "
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

        foreach ((int first, int last) in Inert)
        {
            if (codePoint <= last)
                return codePoint >= first;
        }

        return false;
    }
}
