using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CodeEmbed.Errors;

/// <summary>Makes text from files, records or servers safe to show in a message.</summary>
internal static partial class MessageText
{
    /// <summary>The largest number of characters of a value that a message quotes.</summary>
    public const int QuoteLength = 120;

    /// <summary>The largest number of values that a message lists.</summary>
    private const int ListLength = 8;

    /// <summary>The largest number of characters of a message: a guard, which no message should need.</summary>
    private const int MaxLength = 4000;

    /// <summary>
    ///   Puts a value in quotes, with control characters escaped, cut after <see cref="QuoteLength"/> characters: a value can be
    ///   megabytes long.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <returns>Such as <c>'gelu'</c>.</returns>
    public static string Quote(string value) => $"'{Shorten(value)}'";

    /// <summary>
    ///   Escapes and cuts a value as <see cref="Quote"/> does, and puts no quotes around it: for numbers and pieces of JSON.
    /// </summary>
    /// <param name="value">The value.</param>
    public static string Shorten(string value) => Escape(Cut(value, QuoteLength));

    /// <summary>Quotes the first of many values, and says how many more there are.</summary>
    /// <param name="values">The values.</param>
    /// <returns>Such as <c>'a', 'b' and 97 more</c>; <c>nothing</c> for an empty list.</returns>
    public static string QuoteList(IEnumerable<string> values)
    {
        string[] all = [.. values];
        string first = string.Join(", ", all.Take(ListLength).Select(Quote));
        return all.Length == 0 ? "nothing" : all.Length > ListLength ? $"{first} and {all.Length - ListLength} more" : first;
    }

    /// <summary>
    ///   Makes a whole message one line without control characters, so that it can neither drive a terminal nor forge a line of a
    ///   log, and without the passwords that URLs may have.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <returns>The message, with spaces for line ends, and other control characters escaped as in JSON.</returns>
    public static string OneLine(string message) =>
        Escape(Cut(UserOfUrl().Replace(message, "$1"), MaxLength).ReplaceLineEndings(" "));

    /// <summary>The user part of a URL, where a password may be.</summary>
    [GeneratedRegex("""([a-z][a-z0-9+.-]{0,30}://)[^\s/?#'"]*@""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UserOfUrl();

    /// <summary>Cuts a text that is too long, and marks the cut with three dots.</summary>
    internal static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;

        // A pair of surrogates is one character, and stays whole.
        int end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end] + "…";
    }

    /// <summary>Escapes control characters, those that cannot be seen, and lone surrogates, as in JSON.</summary>
    internal static string Escape(string text)
    {
        StringBuilder? escaped = null;
        int index = 0;
        while (index < text.Length)
        {
            bool isWhole = Rune.TryGetRuneAt(text, index, out Rune rune);
            int length = isWhole ? rune.Utf16SequenceLength : 1;
            bool isShown = isWhole && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (!isShown)
                escaped ??= new StringBuilder(text, 0, index, text.Length + 16);

            for (int i = index; i < index + length; i++)
                _ = isShown ? escaped?.Append(text[i]) : escaped!.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");

            index += length;
        }

        return escaped?.ToString() ?? text;
    }
}
