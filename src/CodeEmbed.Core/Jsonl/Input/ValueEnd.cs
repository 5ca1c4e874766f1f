using System.Buffers;

namespace CodeEmbed.Jsonl.Input;

/// <summary>
///   Finds the end of the JSON value that starts a text by its quotes, braces and brackets, without checking what is in it.
/// </summary>
internal struct ValueEnd
{
    private static readonly SearchValues<byte> InNested = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> AfterPlain = SearchValues.Create(",] \t\r\n\0"u8);

    private int _depth;
    private bool _isInString, _isPlain;

    /// <summary>Continues in a text and returns whether the value ends in it.</summary>
    /// <param name="text">The text from where <paramref name="position"/> counts; more of it may follow.</param>
    /// <param name="position">How much of the text was read; 0 at first. If the value ends in the text, how long it is.</param>
    public bool IsIn(ReadOnlySpan<byte> text, ref int position)
    {
        while (position < text.Length)
        {
            ReadOnlySpan<byte> rest = text[position..];
            bool isStart = _depth == 0 && !_isInString && !_isPlain;
            int next = isStart ? 0
                : _isInString ? rest.IndexOfAny((byte)'"', (byte)'\\')
                : rest.IndexOfAny(_isPlain ? AfterPlain : InNested);
            position += next < 0 ? rest.Length : next;
            if (next < 0)
                return false;

            if (_isPlain)
                return true;

            // The escaped character may not have been read yet.
            bool isEscape = _isInString && rest[next] == '\\';
            if (isEscape && next + 1 == rest.Length)
                return false;

            position += isEscape ? 2 : 1;
            if (!isEscape && Take(rest[next]))
                return true;
        }

        return false;
    }

    private bool Take(byte current)
    {
        switch (current)
        {
            case (byte)'"':
                _isInString = !_isInString;
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                break;
            case (byte)'}' or (byte)']' when _depth > 0:
                _depth--;
                break;
            default:
                _isPlain = true;
                return false;
        }

        return _depth == 0 && !_isInString;
    }
}
