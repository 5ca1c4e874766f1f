using System.Text;

namespace CodeEmbed.Postgres;

/// <summary>Converts wildcard patterns to a regular expression for PostgreSQL.</summary>
internal static class WildcardRegex
{
    /// <summary>
    ///   The expression that matches what any of the patterns matches; <see langword="null"/> without patterns.
    /// </summary>
    /// <param name="patterns">The patterns: <c>*</c>, <c>?</c>, <c>[a-z]</c>, and a backtick to escape a wildcard.</param>
    public static string? Of(IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? null : $"^(?:{string.Join('|', patterns.Select(Translate))})$";

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder();
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    regex.Append(".*");
                    break;
                case '?':
                    regex.Append('.');
                    break;
                case '[' when FindEnd(pattern, i) is { } end:
                    AppendSet(regex, pattern.AsSpan()[(i + 1)..end]);
                    i = end;
                    break;
                case '`' when i + 1 < pattern.Length:
                    AppendLiteral(regex, pattern[++i]);
                    break;
                default:
                    AppendLiteral(regex, pattern[i]);
                    break;
            }
        }

        return regex.ToString();
    }

    private static int? FindEnd(string pattern, int start) =>
        pattern.IndexOf(']', start + 1) is > 0 and var end ? end : null;

    /// <summary>Writes a set as alternatives, so that no character has a special meaning in brackets.</summary>
    private static void AppendSet(StringBuilder regex, ReadOnlySpan<char> set)
    {
        regex.Append("(?:");
        for (int i = 0; i < set.Length; i++)
        {
            if (i > 0)
                regex.Append('|');

            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                regex.Append('[');
                AppendLiteral(regex, set[i]);
                regex.Append('-');
                AppendLiteral(regex, set[i + 2]);
                regex.Append(']');
                i += 2;
            }
            else
            {
                AppendLiteral(regex, set[i]);
            }
        }

        regex.Append(')');
    }

    /// <summary>Writes a character. One that is not a letter or digit is escaped with a backslash.</summary>
    private static void AppendLiteral(StringBuilder regex, char character)
    {
        if (char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character))
            regex.Append('\\');

        regex.Append(character);
    }
}
