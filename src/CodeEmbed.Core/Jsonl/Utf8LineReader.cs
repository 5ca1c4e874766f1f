namespace CodeEmbed.Jsonl;

/// <summary>Splits a stream of bytes into lines; holds one line at a time.</summary>
internal sealed class Utf8LineReader(Stream stream, string file)
{
    private const int InitialBufferLength = 64 * 1024;

    private byte[] _buffer = new byte[InitialBufferLength];
    private int _start, _end;
    private bool _streamEnded;

    /// <summary>The line that was read last, without its LF or CRLF, in memory that the next call writes over.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether that line had an end, or none was read.</summary>
    public bool LineIsEnded { get; private set; } = true;

    /// <summary>The number of the line that was read last; the first is 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>How many bytes have come from the stream.</summary>
    public long BytesRead { get; private set; }

    /// <summary>How many of them belong to lines that were read.</summary>
    public long BytesTaken => BytesRead - (_end - _start);

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">The line is too long, or the stream holds another encoding.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                Take(searched + length, lineEnd: 1);
                return true;
            }

            searched = _end - _start;
            if (searched > RecordSchema.MaxLineLength + 1)
                throw TooLong(LineNumber + 1);

            if (_streamEnded)
            {
                if (searched > 0)
                    Take(searched, lineEnd: 0);

                return searched > 0;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Take(int length, int lineEnd)
    {
        LineNumber++;
        LineIsEnded = lineEnd > 0;
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, length);
        _start += length + lineEnd;
        if (LineNumber == 1)
            line = SkipByteOrderMark(line);

        Line = line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
        if (Line.Length > RecordSchema.MaxLineLength)
            throw TooLong(LineNumber);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);

        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        BytesRead += read;
        _streamEnded = read == 0;
    }

    private ReadOnlyMemory<byte> SkipByteOrderMark(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> bytes = line.Span;
        if (bytes.StartsWith("\uFEFF"u8))
            return line[3..];

        // A NUL in the first two bytes is UTF-16 without a byte order mark: JSON starts with ASCII.
        bool utf16 = bytes.Length >= 2 && ((bytes[0], bytes[1]) is (0xFF, 0xFE) or (0xFE, 0xFF) or (0, not 0) or (not 0, 0));
        return utf16
            ? throw new InvalidInputException(Here(LineNumber), "the file is UTF-16, and must be UTF-8. Save it as UTF-8.")
            : line;
    }

    private InvalidInputException TooLong(long line) => new(
        Here(line), $"the line is longer than {RecordSchema.MaxLineLength / (1024 * 1024)} MiB.");

    private SnippetSource Here(long line) => new(file, line);
}
