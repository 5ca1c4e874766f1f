namespace CodeEmbed.Cutting;

/// <summary>The lines of a text. A line ends with LF, CRLF or CR, which belongs to it.</summary>
internal sealed class TextLines
{
    private readonly List<int> _starts = [0];

    /// <summary>Finds the lines.</summary>
    public TextLines(string text)
    {
        Text = text;
        for (int i = text.AsSpan().IndexOfAny('\r', '\n'); i >= 0;)
        {
            i += text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 2 : 1;
            if (i < text.Length)
                _starts.Add(i);

            int next = text.AsSpan(i).IndexOfAny('\r', '\n');
            i = next < 0 ? -1 : i + next;
        }
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>How many lines there are; an empty text has one.</summary>
    public int Count => _starts.Count;

    /// <summary>Where a line begins; for the number after the last one, where the text ends.</summary>
    /// <param name="line">The line; the first is 0.</param>
    public int Start(int line) => line < _starts.Count ? _starts[line] : Text.Length;

    /// <summary>The line that a position is in.</summary>
    public int Of(int position)
    {
        int found = _starts.BinarySearch(position);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Whether a line has nothing but white space.</summary>
    public bool IsBlank(int line) => Text.AsSpan(Start(line), Start(line + 1) - Start(line)).IsWhiteSpace();

    /// <summary>Whether nothing but white space comes before a position in its line.</summary>
    public bool IsFirst(int position)
    {
        int start = Start(Of(position));
        return Text.AsSpan(start, position - start).IsWhiteSpace();
    }
}
