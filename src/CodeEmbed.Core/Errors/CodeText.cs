namespace CodeEmbed.Errors;

/// <summary>Makes code fit to be shown on a terminal.</summary>
internal static class CodeText
{
    /// <summary>No screen shows more of a line.</summary>
    private const int MaxLength = 500;

    /// <summary>
    ///   The first lines of a snippet's code, without line ends. Control characters, except tabs, and those that change the
    ///   direction of text are escaped, so that code can neither drive a terminal nor hide there; long lines are cut.
    /// </summary>
    /// <param name="code">The code.</param>
    /// <param name="count">How many lines at most.</param>
    public static IEnumerable<string> ShowLines(string code, int count)
    {
        int start = 0;
        for (int i = 0; i < count && start < code.Length; i++)
        {
            int end = code.IndexOf('\n', start);
            end = end < 0 ? code.Length : end;
            yield return ShowLine(code[start..end].TrimEnd('\r'));
            start = end + 1;
        }
    }

    private static string ShowLine(string line) =>
        string.Join('\t', MessageText.Cut(line, MaxLength).Split('\t').Select(MessageText.Escape));
}
