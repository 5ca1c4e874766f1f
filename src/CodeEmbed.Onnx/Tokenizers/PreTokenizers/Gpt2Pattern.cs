using System.Globalization;
using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>The pattern with which GPT-2 splits text before byte-level BPE.</summary>
/// <remarks>
///   The pattern (openai/gpt-2, src/encoder.py) is matched by hand because .NET's regular expressions see a letter beyond U+FFFF
///   as two surrogates, which are not letters.
/// </remarks>
internal static class Gpt2Pattern
{
    /// <summary>The pattern, as written in files.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Splits a text into words, none of them empty, that cover all of it.</summary>
    public static IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text)
    {
        while (!text.IsEmpty)
        {
            int length = Match(text.Span);
            yield return text[..length];
            text = text[length..];
        }
    }

    /// <summary>The length of the match at the start of a text that is not empty.</summary>
    private static int Match(ReadOnlySpan<char> text)
    {
        foreach (string contraction in text[0] == '\'' ? Contractions : [])
        {
            if (text.StartsWith(contraction, StringComparison.Ordinal))
                return contraction.Length;
        }

        // A space belongs to the word after it.
        int start = text[0] == ' ' ? 1 : 0;
        if (start < text.Length && KindAt(text, start, out int length) is var kind && kind != Kind.Space)
            return EndOfRun(text, start + length, kind);

        // White space before a word leaves its last character to the word, unless it is the only one.
        int end = EndOfRun(text, 0, Kind.Space);
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int EndOfRun(ReadOnlySpan<char> text, int position, Kind kind)
    {
        while (position < text.Length && KindAt(text, position, out int length) == kind)
            position += length;

        return position;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int position, out int length)
    {
        char character = text[position];
        length = 1;
        if (char.IsAscii(character))
        {
            return char.IsAsciiLetter(character) ? Kind.Letter
                : char.IsAsciiDigit(character) ? Kind.Number
                : char.IsWhiteSpace(character) ? Kind.Space
                : Kind.Other;
        }

        // A lone surrogate reads as U+FFFD, which is neither letter nor number.
        Rune.DecodeFromUtf16(text[position..], out Rune rune, out length);
        UnicodeCategory category = UnicodeCategories.Of(rune);
        return UnicodeCategories.IsLetter(category) ? Kind.Letter
            : UnicodeCategories.IsNumber(category) ? Kind.Number
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Kind.Other;
    }
}
