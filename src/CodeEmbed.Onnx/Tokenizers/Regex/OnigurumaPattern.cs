using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.Regex;

/// <summary>
///   An Oniguruma regular expression, with which Hugging Face's tokenizers split text. Thread-safe.
/// </summary>
/// <remarks>
///   .NET's regular expressions see a letter beyond U+FFFF as two surrogates, and have their own classes, case rules and anchors.
///   So the pattern is parsed here, and .NET's engine runs the same pattern over characters that represent classes of code
///   points: see <see cref="CodePointClasses"/>. Syntax that is not known to mean the same is refused.
/// </remarks>
internal sealed class OnigurumaPattern
{
    /// <summary>Far longer than a match takes, unless the pattern backtracks excessively.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private readonly string _pattern;
    private readonly System.Text.RegularExpressions.Regex _regex;
    private readonly CodePointClasses _classes;

    /// <summary>Parses a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="timeout">The time limit for a match.</param>
    /// <exception cref="ModelFormatException">The pattern is invalid, or is not known to mean the same in .NET.</exception>
    public OnigurumaPattern(string pattern, TimeSpan? timeout = null)
    {
        _pattern = pattern;
        IReadOnlyList<(string Text, CodePointSet? Set)> parts = OnigurumaParser.Parse(pattern);
        _classes = new CodePointClasses(parts.Select(part => part.Set).OfType<CodePointSet>().Append(CodePointSet.LineFeed));
        string translated = string.Concat(
            parts.Select(part => part.Set is { } set ? WriteClass(_classes.StandInsOf(set)) : part.Text));
        RegexOptions options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
        try
        {
            // Not NonBacktracking: it misses matches of [\u0001\n]?\u0002+ (.NET 10.0).
            _regex = new System.Text.RegularExpressions.Regex(translated, options, timeout ?? DefaultTimeout);
        }
        catch (ArgumentException e)
        {
            throw new ModelFormatException(
                $"the pattern {MessageText.Quote(pattern)} in {TokenizerJson.FileName} is not a regular expression that can "
                + "be run.", e);
        }
    }

    /// <summary>Finds the matches in a text without lone surrogates, from left to right.</summary>
    /// <exception cref="TimeoutException">A match takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public List<(int Start, int End)> FindMatches(ReadOnlySpan<char> text, CancellationToken cancellationToken)
    {
        var matches = new List<(int Start, int End)>();
        char[] standIns = _classes.Translate(text);
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(standIns))
            {
                cancellationToken.ThrowIfCancellationRequested();

                // Oniguruma's iteration skips an empty match at the end of the previous one.
                if (match.Length > 0 || matches.Count == 0 || match.Index > matches[^1].End)
                    matches.Add((match.Index, match.Index + match.Length));
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TimeoutException(
                $"the pattern {MessageText.Quote(_pattern)} in {TokenizerJson.FileName} takes longer than "
                + $"{_regex.MatchTimeout.TotalSeconds} seconds on its text.", e);
        }

        return standIns.Length == text.Length ? matches : ToUtf16(matches, text);
    }

    private static List<(int Start, int End)> ToUtf16(List<(int Start, int End)> matches, ReadOnlySpan<char> text)
    {
        var converted = new List<(int Start, int End)>(matches.Count);
        int codePoint = 0, position = 0;
        foreach ((int start, int end) in matches)
            converted.Add((Advance(text, start), Advance(text, end)));

        return converted;

        int Advance(ReadOnlySpan<char> text, int to)
        {
            for (; codePoint < to; codePoint++)
                position += char.IsHighSurrogate(text[position]) ? 2 : 1;

            return position;
        }
    }

    /// <summary>A class in .NET's syntax; an empty one if there are no characters.</summary>
    private static string WriteClass(string characters)
    {
        if (characters.Length == 0)
            return @"[^\u0000-\uFFFF]";

        var written = new StringBuilder("[");
        int from = 0;
        for (int i = 1; i <= characters.Length; i++)
        {
            if (i < characters.Length && characters[i] == characters[i - 1] + 1)
                continue;

            written.Append(CultureInfo.InvariantCulture, $@"\u{(int)characters[from]:X4}-\u{(int)characters[i - 1]:X4}");
            from = i;
        }

        return written.Append(']').ToString();
    }
}
