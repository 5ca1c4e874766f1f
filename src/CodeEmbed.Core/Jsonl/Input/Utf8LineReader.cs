using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Splits a stream of bytes into lines; holds one line at a time.</summary>
/// <remarks>
///   A line ends with LF, CRLF, or a CR after a record: JSON allows a CR between tokens, and old programs end lines with it.
/// </remarks>
internal sealed class Utf8LineReader(StreamBuffer buffer, string file)
{
    private RecordEnd _recordEnd;
    private bool _isAfterLineFeed = true;

    /// <summary>Reads the lines of an unread stream.</summary>
    public Utf8LineReader(Stream stream, string file)
        : this(new StreamBuffer(stream), file)
    {
    }

    /// <summary>Where the stream starts in the file.</summary>
    public long StreamStart { get; init; }

    /// <summary>Where the reading ends: a line that starts here or later, after a line feed, is not read.</summary>
    public long End { get; init; } = long.MaxValue;

    /// <summary>Counts the lines of the file before the stream, if the stream does not start with the file.</summary>
    public ILinesBefore? LinesBefore { get; init; }

    /// <summary>
    ///   Where, in the file, the text starts that the line is in, up to the next line feed: the line itself, unless CRs end
    ///   lines.
    /// </summary>
    public long TextStart { get; private set; }

    /// <summary>Where the line that was read last is.</summary>
    public SnippetSource Place => new(file, LineNumber) { LinesBefore = LinesBefore };

    /// <summary>The line that was read last, without its end, in memory that the next call overwrites.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether that line had an end, or none was read.</summary>
    public bool LineIsEnded { get; private set; } = true;

    /// <summary>Whether the line that was read last was too long. The next call continues with the line after it.</summary>
    public bool LineIsTooLong { get; private set; }

    /// <summary>The number of the line that was read last; the first is 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Where that line starts in the stream; a byte order mark at the start of the stream is before it.</summary>
    public long LineOffset { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">The line is too long, or the stream holds another encoding.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (LineIsTooLong)
            await SkipRestAsync(cancellationToken).ConfigureAwait(false);

        if (_isAfterLineFeed)
        {
            TextStart = StreamStart + buffer.BytesTaken;
            if (TextStart >= End)
                return false;
        }

        int searched = 0;
        _recordEnd = default;
        while (true)
        {
            if (FindEnd(ref searched) is var (length, lineEnd))
            {
                Take(length, lineEnd);
                return true;
            }

            if (buffer.Length > RecordSchema.MaxLineLength + 1)
            {
                LineNumber++;
                throw TooLong();
            }

            if (buffer.HasEnded)
            {
                bool isLeft = buffer.Length > 0;
                if (isLeft)
                    Take(buffer.Length, lineEnd: 0);

                return isLeft;
            }

            await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds the end of the line at the start of the buffer: the length of the line and that of its end.</summary>
    /// <param name="searched">How much of the buffer is known to have no end; the search moves it forward.</param>
    private (int Length, int LineEnd)? FindEnd(ref int searched)
    {
        ReadOnlySpan<byte> bytes = buffer.Span;
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
        _isAfterLineFeed = LineIsEnded && buffer.Span[length + lineEnd - 1] == '\n';
        ReadOnlyMemory<byte> line = buffer.Memory[..length];
        LineOffset = buffer.BytesTaken;
        if (LineNumber == 1 && LinesBefore is null)
        {
            line = CheckStart(line);
            LineOffset += length - line.Length;
        }

        // At the end of the stream a CR may be half of a CRLF.
        Line = !LineIsEnded && line.Span.EndsWith("\r"u8) ? line[..^1] : line;
        bool isTooLong = Line.Length > RecordSchema.MaxLineLength;

        // The code that skips a line that is too long looks for its end.
        buffer.Take(isTooLong ? length : length + lineEnd);
        if (isTooLong)
            throw TooLong();
    }

    /// <summary>Reads past the next line feed, without holding the text before it.</summary>
    public async ValueTask SkipRestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int length = buffer.Span.IndexOf((byte)'\n');
            buffer.Take(length < 0 ? buffer.Length : length + 1);
            if (length >= 0 || buffer.HasEnded)
                break;

            await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        }

        LineIsTooLong = false;
        _isAfterLineFeed = true;
    }

    /// <summary>Checks the first bytes of an unread file.</summary>
    /// <exception cref="InvalidInputException">It is of another encoding or format.</exception>
    public void CheckStart() => CheckStart(buffer.Memory);

    /// <summary>Checks the start of the first line, which shows what the file is.</summary>
    private ReadOnlyMemory<byte> CheckStart(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> bytes = line.Span;
        if (bytes.StartsWith("\uFEFF"u8))
            return line[3..];

        // More than the line: a binary file can have a line feed among its first bytes.
        ReadOnlySpan<byte> start = buffer.Span[..Math.Min(buffer.Length, FileFormat.StartLength)];
        if (FileFormat.RecognizeEncoding(start) is { } encoding)
            throw new InvalidInputException(Here(), $"the file is {encoding}, and must be UTF-8. Save it as UTF-8.");

        if (CompressedFormat.Recognize(buffer.Memory) is { } compressed)
        {
            throw new InvalidInputException(Here(), CompressedFormat.Of(file) is { } named
                ? $"the file is compressed twice. Decompress it once with {named.Program}."
                : $"the file is {compressed.Name}. Give it a name that ends in {compressed.Ending}, and it is decompressed.");
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

    private SnippetSource Here() => Place;
}
