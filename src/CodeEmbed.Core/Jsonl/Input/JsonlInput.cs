using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Input;

/// <summary>
///   An open file of records, each on a line or all in one JSON array: the records' text, and how much was read.
/// </summary>
internal sealed class JsonlInput : IAsyncDisposable
{
    private static readonly byte[] ByteOrderMark = [.. "\uFEFF"u8];

    private readonly string _path;
    private readonly InputShare? _share;
    private readonly FileStream _file;
    private readonly CompressedFormat? _compressed;
    private readonly Stream _decompressed;
    private readonly ByteRange? _range;
    private readonly JsonArrayReader _elements;
    private readonly long _length;
    private StreamBuffer _buffer;
    private Utf8LineReader _lines;
    private bool? _isArray;
    private double _taken;

    /// <summary>Opens a file. One that is compressed or a store, by its name, is read as the lines that it holds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">Its part of the whole input, or <see langword="null"/> if that is not known.</param>
    /// <param name="adapters">The adapters for such files.</param>
    /// <param name="range">
    ///   Which part of the text is read: the lines, or the elements of an array, that start in it. <see langword="null"/> for
    ///   all.
    /// </param>
    /// <exception cref="NotSupportedException">The adapter that the file needs is missing.</exception>
    public JsonlInput(string path, InputShare? share, FileAdapters adapters, ByteRange? range = null)
    {
        _path = path;
        _range = range;
        _share = share;
        _compressed = CompressedFormat.Of(path);
        adapters.RequireFor(path);
        _file = new FileStream(path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        _decompressed = adapters.OpenLines(path, _file);
        _buffer = new StreamBuffer(_decompressed);
        _lines = new Utf8LineReader(_buffer, path) { End = range?.End ?? long.MaxValue };
        _elements = new JsonArrayReader(_buffer, path);
        _length = _file.CanSeek ? _file.Length : 0;
    }

    /// <summary>
    ///   The text of the record that was read last, in memory that the next call overwrites: an element of the array, or a line
    ///   without its end. A byte order mark before a line, as in concatenated files, is left out, and so are NULs
    ///   around it, which a loss of power leaves in a file.
    /// </summary>
    public ReadOnlyMemory<byte> Record { get; private set; }

    /// <summary>Whether the record that was read last was too long. The next call continues with the record after it.</summary>
    public bool RecordIsTooLong => _lines.LineIsTooLong || _elements.ElementIsTooLong;

    /// <summary>Where that record is.</summary>
    public RecordPlace Place => new(
        _isArray is true
            ? new SnippetSource(_path, _elements.LineNumber) { Element = _elements.ElementNumber }
            : _lines.Place,
        Fraction());

    /// <summary>Reads the next record.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">
    ///   The record is too long, which <see cref="RecordIsTooLong"/> says, or the file is of another encoding or format, or
    ///   damaged.
    /// </exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _isArray ??= await BeginAsync(cancellationToken).ConfigureAwait(false);
            while (true)
            {
                bool isThere;
                try
                {
                    isThere = _isArray is true
                        ? await ReadElementAsync(cancellationToken).ConfigureAwait(false)
                        : await ReadLineAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (InvalidInputException) when (RecordIsTooLong && IsBeforeRange)
                {
                    continue;
                }
                catch (InvalidInputException) when (RecordIsTooLong && IsAfterRange)
                {
                    return false;
                }

                if (!isThere || !IsBeforeRange)
                    return isThere;
            }
        }
        catch (InvalidDataException e)
        {
            SnippetSource place = _isArray is true ? _elements.Here : new SnippetSource(_path, _lines.LineNumber + 1);
            throw new InvalidInputException(place, DescribeDamage(e), e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _decompressed.DisposeAsync();

    /// <summary>Whether the record that was read last starts before the part that is read.</summary>
    private bool IsBeforeRange =>
        _range is { } range && (_isArray is true ? _elements.ElementStart : _lines.TextStart) < range.Start;

    /// <summary>Whether the element of an array that was read last starts after the part that is read.</summary>
    private bool IsAfterRange => _isArray is true && _elements.ElementStart >= _range?.End;

    /// <summary>
    ///   Whether the file is an array; moves to the part that is read. A compressed file or an array cannot be read
    ///   from its middle on.
    /// </summary>
    private async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        bool isArray = await JsonArrayReader.IsArrayAsync(_buffer, cancellationToken).ConfigureAwait(false);
        if (isArray || _compressed is not null || _range is not { Start: > 0 } range)
            return isArray;

        // If the byte before is a line feed, a line starts with the part; otherwise a line of the part before ends in it.
        _lines.CheckStart();
        long start = range.Start - 1;
        _file.Position = start;
        _buffer = new StreamBuffer(_file);
        _lines = new Utf8LineReader(_buffer, _path)
        {
            StreamStart = start,
            End = range.End,
            LinesBefore = new LinesBefore(_path, range.Start),
        };
        await _lines.SkipRestAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async ValueTask<bool> ReadElementAsync(CancellationToken cancellationToken)
    {
        bool isThere = await _elements.ReadAsync(cancellationToken).ConfigureAwait(false);
        Record = _elements.Element;
        return isThere && !IsAfterRange;
    }

    private async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        if (!await _lines.ReadAsync(cancellationToken).ConfigureAwait(false))
            return false;

        ReadOnlyMemory<byte> line = TrimNuls(_lines.Line);
        Record = line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        return true;
    }

    private static ReadOnlyMemory<byte> TrimNuls(ReadOnlyMemory<byte> line)
    {
        int start = line.Span.IndexOfAnyExcept((byte)0);
        return start < 0 ? default : line[start..(line.Span.LastIndexOfAnyExcept((byte)0) + 1)];
    }

    /// <summary>
    ///   Says what is wrong with a file that cannot be decompressed; one that is not compressed at all is recognized by its first
    ///   bytes.
    /// </summary>
    private string DescribeDamage(InvalidDataException error)
    {
        byte[] start = new byte[FileFormat.StartLength];
        int length = _file.CanSeek ? RandomAccess.Read(_file.SafeFileHandle, start, 0) : 0;
        if (_compressed is null || length == 0 || _compressed.IsStart(start.AsMemory(0, length)))
            return error.Message;

        string format = FileFormat.Recognize(start.AsSpan(0, length)) is { } name
            ? $"It is {name}."
            : $"If it is not compressed, take the {_compressed.Ending} from its name.";
        return $"the name of the file ends in {_compressed.Ending}, and it is not {_compressed.Name}. {format}";
    }

    /// <summary>
    ///   How much of the whole input ends with the record. Text that was read from a compressed file and not yet taken counts by
    ///   its decompressed length.
    /// </summary>
    private double? Fraction()
    {
        if (_share is not { } share || _length == 0)
            return null;

        if (_range is { } range)
        {
            long position = _buffer.BytesTaken + (_isArray is true ? 0 : _lines.StreamStart);
            double part = (double)(position - range.Start) / Math.Max(1, range.End - range.Start);
            return share.Before + (share.Size * Math.Clamp(part, 0, 1));
        }

        // A decompressor takes and gives blocks, so the estimate may go back although the reading does not.
        _taken = Math.Max(_taken, _file.Position * ((double)_buffer.BytesTaken / _buffer.BytesRead));
        return share.Before + (share.Size * Math.Min(_taken / _length, 1));
    }
}

/// <summary>The part of the whole input that one of its files is.</summary>
/// <param name="Before">How much of the input comes before the file, from 0 to 1.</param>
/// <param name="Size">How much of the input the file is, from 0 to 1.</param>
internal readonly record struct InputShare(double Before, double Size)
{
    /// <summary>The only file of an input.</summary>
    public static InputShare Whole { get; } = new(0, 1);
}
