namespace CodeEmbed.Jsonl.Lines;

/// <summary>
///   Follows the nesting of a JSON text, byte by byte, to find where it is outside every object, array and string.
/// </summary>
internal struct RecordEnd
{
    private int _position, _depth;
    private bool _isEscaped;

    /// <summary>Whether the text so far ends inside a string.</summary>
    public bool IsInString { get; private set; }

    /// <summary>
    ///   The last byte so far that is not white space and not in a string; 0 before the first such byte. A string counts as its
    ///   quotes.
    /// </summary>
    public byte Last { get; private set; }

    /// <summary>Continues in a text and returns whether it ends outside every object, array and string.</summary>
    /// <param name="text">The text; it starts with the text of the previous call, which is not read again.</param>
    public bool IsAt(ReadOnlySpan<byte> text)
    {
        for (; _position < text.Length; _position++)
            Take(text[_position]);

        return _depth == 0 && !IsInString;
    }

    private void Take(byte current)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
        }
        else if (IsInString)
        {
            _isEscaped = current == '\\';
            IsInString = current != '"';
        }
        else if (current is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
        {
            Last = current;
            IsInString = current == '"';
            _depth += current is (byte)'{' or (byte)'[' ? 1 : current is (byte)'}' or (byte)']' ? -1 : 0;
        }
    }
}
