using System.IO.Compression;

namespace CodeEmbed.Jsonl;

/// <summary>Lines are added to the target, in place; what was added is cut off again if the output is not completed.</summary>
internal sealed class AppendedFile : IOutputFile
{
    private readonly FileStream _file;
    private readonly long _lengthBefore;
    private readonly bool _lacksLineEnd;
    private Stream? _stream;
    private bool _completed;

    private AppendedFile(FileStream file, string path, bool lacksLineEnd)
    {
        _file = file;
        _lengthBefore = file.Length;
        _lacksLineEnd = lacksLineEnd;
        Path = path;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens the target.</summary>
    /// <param name="target">The file to add to; it must be there.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="IOException">
    ///   The file cannot be opened, another program has it open, or it is damaged gzip data: nothing behind the damage could be read again.
    /// </exception>
    public static async ValueTask<AppendedFile> OpenAsync(string target, CancellationToken cancellationToken)
    {
        var file = new FileStream(target, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
        try
        {
            int last = GzipInput.IsPacked(target) ? await LastPackedByteAsync(file, cancellationToken).ConfigureAwait(false) : LastByte(file);
            file.Seek(0, SeekOrigin.End);
            return new AppendedFile(file, target, lacksLineEnd: last is not ('\n' or -1));
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> line)
    {
        if (_stream is null)
        {
            // A gzip file may hold several members; the lines become one more.
            _stream = GzipInput.IsPacked(Path) ? new GZipStream(_file, CompressionLevel.Optimal, leaveOpen: true) : _file;
            if (_lacksLineEnd)
                _stream.WriteByte((byte)'\n');
        }

        await _stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_stream is GZipStream gzip)
            await gzip.DisposeAsync().ConfigureAwait(false);

        _file.Flush(flushToDisk: true);
        _completed = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_completed && _file.CanWrite)
            _file.SetLength(_lengthBefore);

        await _file.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The last byte, or -1.</summary>
    private static int LastByte(FileStream file)
    {
        if (file.Length == 0)
            return -1;

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte();
    }

    /// <summary>The last byte once it is unpacked, or -1. Reads the file to its end.</summary>
    private static async ValueTask<int> LastPackedByteAsync(FileStream file, CancellationToken cancellationToken)
    {
        var unpacked = new GzipInput(file);
        byte[] buffer = new byte[64 * 1024];
        int last = -1;
        try
        {
            while (await unpacked.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
                last = buffer[read - 1];

            return last;
        }
        catch (InvalidDataException e)
        {
            throw new IOException("its gzip data is damaged or cut short, or it is not gzip. Write to another file.", e);
        }
    }
}
