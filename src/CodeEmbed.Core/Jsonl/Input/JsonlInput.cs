using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Input;

/// <summary>An open file of JSON Lines: its lines, and how far the reading is.</summary>
internal sealed class JsonlInput : IAsyncDisposable
{
    private static readonly byte[] ByteOrderMark = [.. "\uFEFF"u8];

    private readonly string _path;
    private readonly InputShare? _share;
    private readonly FileStream _file;
    private readonly Stream _decompressed;
    private readonly Utf8LineReader _lines;
    private readonly long _length;

    /// <summary>Opens a file. One whose name ends in <c>.gz</c> is decompressed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">Its part of the whole input, or <see langword="null"/> where that is not known.</param>
    public JsonlInput(string path, InputShare? share)
    {
        _path = path;
        _share = share;
        _file = new FileStream(path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        _decompressed = GzipInput.IsCompressed(path) ? new GzipInput(_file) : _file;
        _lines = new Utf8LineReader(_decompressed, path);
        _length = _file.CanSeek ? _file.Length : 0;
    }

    /// <summary>
    ///   The line that was read last, without its end, in memory that the next call writes over. A byte order mark before it,
    ///   which files that were put together have, is left out, and so are NULs around it, which a loss of power leaves in a file.
    /// </summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether the line that was read last was too long. The next call continues with the line after it.</summary>
    public bool LineIsTooLong => _lines.LineIsTooLong;

    /// <summary>Where that line is.</summary>
    public RecordPlace Place => new(new SnippetSource(_path, _lines.LineNumber), Fraction());

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">
    ///   The line is too long, which <see cref="LineIsTooLong"/> says, or the file is of another encoding or format, or damaged.
    /// </exception>
    public async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await _lines.ReadAsync(cancellationToken).ConfigureAwait(false))
                return false;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(new SnippetSource(_path, _lines.LineNumber + 1), DescribeDamage(e), e);
        }

        ReadOnlyMemory<byte> line = TrimNuls(_lines.Line);
        Line = line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _decompressed.DisposeAsync();

    private static ReadOnlyMemory<byte> TrimNuls(ReadOnlyMemory<byte> line)
    {
        int start = line.Span.IndexOfAnyExcept((byte)0);
        return start < 0 ? default : line[start..(line.Span.LastIndexOfAnyExcept((byte)0) + 1)];
    }

    /// <summary>
    ///   Says what is wrong with a file that cannot be decompressed; one that is not compressed at all is told by its first
    ///   bytes.
    /// </summary>
    private string DescribeDamage(InvalidDataException error)
    {
        Span<byte> start = stackalloc byte[FileFormat.StartLength];
        start = start[..(_file.CanSeek ? RandomAccess.Read(_file.SafeFileHandle, start, 0) : 0)];
        if (start.IsEmpty || start.StartsWith(GzipInput.Signature))
            return error.Message;

        string format = FileFormat.Recognize(start) is { } name
            ? $"It is {name}."
            : "If it is not compressed, take the .gz from its name.";
        return $"the name of the file ends in .gz, and it is not gzip data. {format}";
    }

    /// <summary>
    ///   How much of the whole input ends with the line. What was read from a compressed file and not yet taken counts by its
    ///   decompressed length.
    /// </summary>
    private double? Fraction()
    {
        if (_share is not { } share || _length == 0)
            return null;

        double taken = _file.Position * ((double)_lines.BytesTaken / _lines.BytesRead);
        return share.Before + (share.Size * Math.Min(taken / _length, 1));
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
