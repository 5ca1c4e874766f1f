using System.Globalization;
using System.Text;
using static System.Globalization.UnicodeCategory;

namespace CodeEmbed.Onnx.Tokenizers.Regex;

/// <summary>
///   The general categories of Unicode 16, as in Hugging Face's tokenizers, whatever version the runtime supports.
/// </summary>
internal static class UnicodeCategories
{
    /// <summary>The additions of Unicode 15.1 and 16, which .NET 10 supports, to Unicode 15, which .NET 8 supports.</summary>
    private static readonly (int First, int Last, UnicodeCategory Category)[] Additions =
    [
        (0x0897, 0x0897, NonSpacingMark), (0x1B4E, 0x1B4F, OtherPunctuation), (0x1B7F, 0x1B7F, OtherPunctuation),
        (0x1C89, 0x1C89, UppercaseLetter), (0x1C8A, 0x1C8A, LowercaseLetter), (0x2427, 0x2429, OtherSymbol),
        (0x2FFC, 0x2FFF, OtherSymbol), (0x31E4, 0x31E5, OtherSymbol), (0x31EF, 0x31EF, OtherSymbol),
        (0xA7CB, 0xA7CC, UppercaseLetter), (0xA7CD, 0xA7CD, LowercaseLetter), (0xA7DA, 0xA7DA, UppercaseLetter),
        (0xA7DB, 0xA7DB, LowercaseLetter), (0xA7DC, 0xA7DC, UppercaseLetter), (0x105C0, 0x105F3, OtherLetter),
        (0x10D40, 0x10D49, DecimalDigitNumber), (0x10D4A, 0x10D4D, OtherLetter), (0x10D4E, 0x10D4E, ModifierLetter),
        (0x10D4F, 0x10D4F, OtherLetter), (0x10D50, 0x10D65, UppercaseLetter), (0x10D69, 0x10D6D, NonSpacingMark),
        (0x10D6E, 0x10D6E, DashPunctuation), (0x10D6F, 0x10D6F, ModifierLetter), (0x10D70, 0x10D85, LowercaseLetter),
        (0x10D8E, 0x10D8F, MathSymbol), (0x10EC2, 0x10EC4, OtherLetter), (0x10EFC, 0x10EFC, NonSpacingMark),
        (0x11380, 0x11389, OtherLetter), (0x1138B, 0x1138B, OtherLetter), (0x1138E, 0x1138E, OtherLetter),
        (0x11390, 0x113B5, OtherLetter), (0x113B7, 0x113B7, OtherLetter), (0x113B8, 0x113BA, SpacingCombiningMark),
        (0x113BB, 0x113C0, NonSpacingMark), (0x113C2, 0x113C2, SpacingCombiningMark),
        (0x113C5, 0x113C5, SpacingCombiningMark), (0x113C7, 0x113CA, SpacingCombiningMark),
        (0x113CC, 0x113CD, SpacingCombiningMark), (0x113CE, 0x113CE, NonSpacingMark),
        (0x113CF, 0x113CF, SpacingCombiningMark), (0x113D0, 0x113D0, NonSpacingMark), (0x113D1, 0x113D1, OtherLetter),
        (0x113D2, 0x113D2, NonSpacingMark), (0x113D3, 0x113D3, OtherLetter), (0x113D4, 0x113D5, OtherPunctuation),
        (0x113D7, 0x113D8, OtherPunctuation), (0x113E1, 0x113E2, NonSpacingMark), (0x116D0, 0x116E3, DecimalDigitNumber),
        (0x11BC0, 0x11BE0, OtherLetter), (0x11BE1, 0x11BE1, OtherPunctuation), (0x11BF0, 0x11BF9, DecimalDigitNumber),
        (0x11F5A, 0x11F5A, NonSpacingMark), (0x13460, 0x143FA, OtherLetter), (0x16100, 0x1611D, OtherLetter),
        (0x1611E, 0x16129, NonSpacingMark), (0x1612A, 0x1612C, SpacingCombiningMark), (0x1612D, 0x1612F, NonSpacingMark),
        (0x16130, 0x16139, DecimalDigitNumber), (0x16D40, 0x16D42, ModifierLetter), (0x16D43, 0x16D6A, OtherLetter),
        (0x16D6B, 0x16D6C, ModifierLetter), (0x16D6D, 0x16D6F, OtherPunctuation), (0x16D70, 0x16D79, DecimalDigitNumber),
        (0x18CFF, 0x18CFF, OtherLetter), (0x1CC00, 0x1CCEF, OtherSymbol), (0x1CCF0, 0x1CCF9, DecimalDigitNumber),
        (0x1CD00, 0x1CEB3, OtherSymbol), (0x1E5D0, 0x1E5ED, OtherLetter), (0x1E5EE, 0x1E5EF, NonSpacingMark),
        (0x1E5F0, 0x1E5F0, OtherLetter), (0x1E5F1, 0x1E5FA, DecimalDigitNumber), (0x1E5FF, 0x1E5FF, OtherPunctuation),
        (0x1F8B2, 0x1F8BB, OtherSymbol), (0x1F8C0, 0x1F8C1, OtherSymbol), (0x1FA89, 0x1FA89, OtherSymbol),
        (0x1FA8F, 0x1FA8F, OtherSymbol), (0x1FABE, 0x1FABE, OtherSymbol), (0x1FAC6, 0x1FAC6, OtherSymbol),
        (0x1FADC, 0x1FADC, OtherSymbol), (0x1FADF, 0x1FADF, OtherSymbol), (0x1FAE9, 0x1FAE9, OtherSymbol),
        (0x1FBCB, 0x1FBEF, OtherSymbol), (0x2EBF0, 0x2EE5D, OtherLetter),
    ];

    /// <summary>The additions of Unicode 15.1 and 16 to Unicode 15.</summary>
    public static IReadOnlyList<(int First, int Last, UnicodeCategory Category)> SinceUnicode15 => Additions;

    /// <summary>The category of a character.</summary>
    public static UnicodeCategory Of(Rune rune)
    {
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        return category == OtherNotAssigned ? FindAddition(rune.Value) : category;
    }

    /// <summary>Whether a category is a letter category, <c>L</c>.</summary>
    public static bool IsLetter(UnicodeCategory category) => category <= OtherLetter;

    /// <summary>Whether a category is a number category, <c>N</c>.</summary>
    public static bool IsNumber(UnicodeCategory category) => category is DecimalDigitNumber or LetterNumber or OtherNumber;

    /// <summary>
    ///   Whether a character is in <c>\w</c>: letters, marks, digits and connectors, as in Unicode's UTS 18, annex C, without the
    ///   joiners. Letters in circles and squares are symbols by category but are alphabetic.
    /// </summary>
    public static bool IsWord(Rune rune)
    {
        UnicodeCategory category = Of(rune);
        return IsLetter(category)
            || category is NonSpacingMark or SpacingCombiningMark or EnclosingMark or DecimalDigitNumber or LetterNumber
                or ConnectorPunctuation
            || rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (
                >= 0x1F170 and <= 0x1F189);
    }

    /// <summary>Whether a character is in <c>\w</c> in Rust's regular expressions, which includes the joiners.</summary>
    public static bool IsWordOrJoiner(Rune rune) => rune.Value is 0x200C or 0x200D || IsWord(rune);

    private static UnicodeCategory FindAddition(int value)
    {
        int from = 0, to = Additions.Length;
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (Additions[middle].Last < value)
                from = middle + 1;
            else
                to = middle;
        }

        return from < Additions.Length && Additions[from].First <= value ? Additions[from].Category : OtherNotAssigned;
    }
}
