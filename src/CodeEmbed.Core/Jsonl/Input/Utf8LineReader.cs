using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Splits a stream of bytes into lines; holds one line at a time.</summary>
/// <remarks>
///   A line ends with LF, CRLF, or a CR after a record: JSON allows a CR between tokens, and old programs end lines with it.
/// </remarks>
internal sealed class Utf8LineReader(Stream stream, string file)
{
    private const int InitialBufferLength = 64 * 1024;

    private byte[] _buffer = new byte[InitialBufferLength];
    private int _start, _end;
    private bool _streamEnded;
    private RecordEnd _recordEnd;

    /// <summary>The line that was read last, without its end, in memory that the next call writes over.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether that line had an end, or none was read.</summary>
    public bool LineIsEnded { get; private set; } = true;

    /// <summary>Whether the line that was read last was too long. The next call continues with the line after it.</summary>
    public bool LineIsTooLong { get; private set; }

    /// <summary>The number of the line that was read last; the first is 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Where that line starts in the stream; a byte order mark at the start of the stream is before it.</summary>
    public long LineOffset { get; private set; }

    /// <summary>How many bytes have come from the stream.</summary>
    public long BytesRead { get; private set; }

    /// <summary>How many of them belong to lines that were read.</summary>
    public long BytesTaken => BytesRead - (_end - _start);

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">The line is too long, or the stream holds another encoding.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (LineIsTooLong)
            await SkipRestAsync(cancellationToken).ConfigureAwait(false);

        int searched = 0;
        _recordEnd = default;
        while (true)
        {
            if (FindEnd(ref searched) is var (length, lineEnd))
            {
                Take(length, lineEnd);
                return true;
            }

            if (_end - _start > RecordSchema.MaxLineLength + 1)
            {
                LineNumber++;
                throw TooLong();
            }

            if (_streamEnded)
            {
                bool isLeft = _end > _start;
                if (isLeft)
                    Take(_end - _start, lineEnd: 0);

                return isLeft;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds the end of the line at the start of the buffer: the length of the line and that of its end.</summary>
    /// <param name="searched">How much of the buffer is known to have no end; the search moves it forward.</param>
    private (int Length, int LineEnd)? FindEnd(ref int searched)
    {
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
        while (bytes[searched..].IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var offset)
        {
            int at = searched + offset;
            if (bytes[at] == '\n')
                return (at, 1);

            // Whether a CR ends a line depends on the byte after it.
            if (at + 1 == bytes.Length)
            {
                searched = at;
                return null;
            }

            if (bytes[at + 1] == '\n')
                return (at, 2);

            if (_recordEnd.IsAt(bytes[..at]) && _recordEnd.Last == '}')
                return (at, 1);

            searched = at + 1;
        }

        searched = bytes.Length;
        return null;
    }

    private void Take(int length, int lineEnd)
    {
        LineNumber++;
        LineIsEnded = lineEnd > 0;
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, length);
        LineOffset = BytesTaken;
        if (LineNumber == 1)
        {
            line = CheckStart(line);
            LineOffset += length - line.Length;
        }

        _start += length + lineEnd;

        // At the end of the stream a CR may be half of a CRLF.
        Line = !LineIsEnded && line.Span.EndsWith("\r"u8) ? line[..^1] : line;
        if (Line.Length > RecordSchema.MaxLineLength)
        {
            _start -= lineEnd;
            throw TooLong();
        }
    }

    /// <summary>Reads on to the end of a line that was too long, without holding it.</summary>
    private async ValueTask SkipRestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            _start = length < 0 ? _end : _start + length + 1;
            if (length >= 0 || _streamEnded)
                break;

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        LineIsTooLong = false;
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

    /// <summary>Checks the start of the first line: what it is shows what the file is.</summary>
    private ReadOnlyMemory<byte> CheckStart(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> bytes = line.Span;
        if (bytes.StartsWith("\uFEFF"u8))
            return line[3..];

        // More than the line: a binary file can have a line feed among its first bytes.
        ReadOnlySpan<byte> start = _buffer.AsSpan(_start, Math.Min(_end - _start, FileFormat.StartLength));
        if (FileFormat.RecognizeEncoding(start) is { } encoding)
            throw new InvalidInputException(Here(), $"the file is {encoding}, and must be UTF-8. Save it as UTF-8.");

        if (start.StartsWith(GzipInput.Signature))
        {
            throw new InvalidInputException(Here(), GzipInput.IsCompressed(file)
                ? "the file is compressed twice. Decompress it once with gunzip."
                : "the file is gzip data. Give it a name that ends in .gz, and it is decompressed.");
        }

        return FileFormat.Recognize(start) is { } format
            ? throw new InvalidInputException(
                Here(), $"the file is {format}, and must be JSON Lines: UTF-8 text with one JSON object on each line.")
            : line;
    }

    private InvalidInputException TooLong()
    {
        LineIsTooLong = true;
        return new(Here(), $"the line is longer than {RecordSchema.MaxLineLength / (1024 * 1024)} MiB.");
    }

    private SnippetSource Here() => new(file, LineNumber);
}
