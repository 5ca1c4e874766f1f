using System.Text;
using static CodeEmbed.Onnx.Tokenizers.Normalizers.GraphemeBreak;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Finds extended grapheme clusters: what a reader sees as one character.</summary>
/// <remarks>
///   By the rules of Unicode 17, UAX 29, section 3.1.1, like the crate unicode-segmentation, whatever version the runtime
///   supports.
/// </remarks>
internal static class GraphemeClusters
{
    /// <summary>The end of the cluster that begins at a given position.</summary>
    /// <param name="text">A text without lone surrogates.</param>
    /// <param name="start">The position of the start of a cluster, before the end of the text.</param>
    public static int FindEnd(ReadOnlySpan<char> text, int start)
    {
        Rune.DecodeFromUtf16(text[start..], out Rune rune, out int length);
        GraphemeBreak before = GraphemeBreaks.Of(rune);
        var conjunct = before == Consonant ? Conjunct.Consonant : Conjunct.None;
        bool isAfterPictograph = before == Pictograph, isOddRegional = before == Regional;
        int end = start + length;
        while (end < text.Length)
        {
            Rune.DecodeFromUtf16(text[end..], out rune, out length);
            GraphemeBreak after = GraphemeBreaks.Of(rune);
            bool joins = JoinsAlways(before, after)
                || (after == Consonant && conjunct == Conjunct.Linked)
                || (after == Pictograph && before == Joiner && isAfterPictograph)
                || (after == Regional && isOddRegional);
            if (!joins)
                return end;

            conjunct = after switch
            {
                Consonant => Conjunct.Consonant,
                Linker when conjunct != Conjunct.None => Conjunct.Linked,
                Extender or Joiner => conjunct,
                _ => Conjunct.None,
            };

            // The joiner is the last character that extends a pictograph.
            isAfterPictograph = after == Pictograph || (isAfterPictograph && before != Joiner && Extends(after));
            isOddRegional = after == Regional && !isOddRegional;
            before = after;
            end += length;
        }

        return end;
    }

    /// <summary>The rules that depend only on two neighbours: GB3 to GB9b.</summary>
    private static bool JoinsAlways(GraphemeBreak before, GraphemeBreak after) => (before, after) switch
    {
        (CarriageReturn, LineFeed) => true,
        (CarriageReturn or LineFeed or Control, _) or (_, CarriageReturn or LineFeed or Control) => false,
        (Leading, Leading or Vowel or OpenSyllable or ClosedSyllable) => true,
        (OpenSyllable or Vowel, Vowel or Trailing) => true,
        (ClosedSyllable or Trailing, Trailing) => true,
        (Prepended, _) => true,
        _ => after == SpacingMark || Extends(after),
    };

    private static bool Extends(GraphemeBreak value) => value is Extender or Linker or NonJoiner or Joiner;

    /// <summary>What comes before a character, for the rule of Indic conjuncts: GB9c.</summary>
    private enum Conjunct
    {
        None,
        Consonant,
        Linked,
    }
}
