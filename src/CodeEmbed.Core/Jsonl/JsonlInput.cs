namespace CodeEmbed.Jsonl;

/// <summary>An open file of JSON Lines: its lines, and how far the reading is.</summary>
internal sealed class JsonlInput : IAsyncDisposable
{
    private readonly string _path;
    private readonly InputShare? _share;
    private readonly FileStream _file;
    private readonly Stream _unpacked;
    private readonly Utf8LineReader _lines;
    private readonly long _length;

    /// <summary>Opens a file. One whose name ends in <c>.gz</c> is unpacked.</summary>
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
        _unpacked = GzipInput.IsPacked(path) ? new GzipInput(_file) : _file;
        _lines = new Utf8LineReader(_unpacked, path);
        _length = _file.CanSeek ? _file.Length : 0;
    }

    /// <summary>The line that was read last, without its end, in memory that the next call writes over.</summary>
    public ReadOnlyMemory<byte> Line => _lines.Line;

    /// <summary>Where that line is.</summary>
    public RecordPlace Place => new(new SnippetSource(_path, _lines.LineNumber), Fraction());

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">The line is too long, or the file holds another encoding or damaged gzip data.</exception>
    public async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _lines.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(
                new SnippetSource(_path, _lines.LineNumber + 1), "the gzip data is damaged or cut short, or the file is not gzip.", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _unpacked.DisposeAsync();

    /// <summary>How much of the whole input ends with the line. What was read from a packed file and not yet taken counts by its unpacked length.</summary>
    private double? Fraction()
    {
        if (_share is not { } share || _length == 0)
            return null;

        double taken = _file.Position * ((double)_lines.BytesTaken / _lines.BytesRead);
        return share.Before + (share.Size * Math.Min(taken / _length, 1));
    }
}
