using CodeEmbed.Files;
using CodeEmbed.Jsonl.Input;

namespace CodeEmbed.Jsonl.Output;

/// <summary>Appends lines to the target, in place; they are cut off again if the output is not completed.</summary>
internal sealed class AppendedFile : IOutputFile
{
    private readonly FileStream _file;
    private readonly long _lengthBefore;
    private readonly LastLine _last;
    private readonly CompressedFormat? _format;
    private readonly IZstandard? _zstandard;
    private Stream? _stream;
    private string? _fingerprint;
    private bool _completed;

    private AppendedFile(
        FileStream file, string path, LastLine last, CompressedFormat? format, IZstandard? zstandard)
    {
        _format = format;
        _zstandard = zstandard;
        _file = file;
        _lengthBefore = file.Length;
        _last = last;
        Path = path;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens the target.</summary>
    /// <param name="target">The file to add to; it must exist.</param>
    /// <param name="zstandard">The adapter for Zstandard, if there is one.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="IOException">
    ///   The file cannot be opened, another program has it open, or it is damaged compressed data: nothing after the damage could
    ///   be read again.
    /// </exception>
    public static async ValueTask<AppendedFile> OpenAsync(
        string target, IZstandard? zstandard, CancellationToken cancellationToken)
    {
        FileStream file = OpenAlone(target);
        try
        {
            if (!FileStatus.LeadsTo(target, file.SafeFileHandle))
                throw new IOException("another run has just replaced it.");

            CompressedFormat? format = CompressedFormat.Of(target);
            LastLine last = format is null
                ? LastLine.Of(file)
                : await ReadCompressedAsync(file, target, format, zstandard, cancellationToken).ConfigureAwait(false);
            file.Seek(0, SeekOrigin.End);
            return new AppendedFile(file, target, last, format, zstandard);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Checks that the file ends with a whole line, and that an embedding compares with those in it.</summary>
    /// <param name="fingerprint">The embedding's fingerprint.</param>
    /// <param name="allowMixed">Whether it need not compare.</param>
    /// <exception cref="IOException">
    ///   The file's last line is torn; or it holds no embedding, or one with another fingerprint; or an embedding that was added
    ///   before has another one.
    /// </exception>
    public void Check(string fingerprint, bool allowMixed)
    {
        if (_fingerprint is null)
        {
            _last.RequireWhole();
            _fingerprint = allowMixed ? fingerprint : _last.ReadFingerprint() ?? fingerprint;
        }

        if (!allowMixed && _fingerprint != fingerprint)
        {
            throw new OutputException(
                OutputProblem.NotComparable,
                $"its last embedding has the fingerprint {_fingerprint}, and the embeddings to add have {fingerprint}: such "
                + "vectors cannot be compared.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> line)
    {
        if (_stream is null)
        {
            // A gzip file may hold several members, and a Zstandard file several frames; the lines become one more.
            _stream = _format?.Compress(_file, _zstandard) ?? _file;
            if (!_last.IsEnded)
                _stream.WriteByte((byte)'\n');
        }

        await _stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_format is not null && _stream is not null)
            await _stream.DisposeAsync().ConfigureAwait(false);

        _file.Flush(flushToDisk: true);
        if (!FileStatus.LeadsTo(Path, _file.SafeFileHandle))
            throw new IOException(
                "it was deleted or replaced by another program, and the added lines were lost with the old file.");

        _completed = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_completed && _file.CanWrite)
                _file.SetLength(_lengthBefore);
        }
        finally
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static FileStream OpenAlone(string target)
    {
        try
        {
            return new FileStream(target, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.Asynchronous,
                BufferSize = 0,
            });
        }
        catch (IOException e) when (HeldFile.IsSaidBy(e))
        {
            throw HeldFile.Describe(target, e);
        }
    }

    private static async ValueTask<LastLine> ReadCompressedAsync(
        FileStream file, string path, CompressedFormat format, IZstandard? zstandard, CancellationToken cancellationToken)
    {
        try
        {
            return await LastLine.OfCompressedAsync(format.Decompress(file, zstandard), path, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new IOException(
                $"its {format.Name} is damaged or cut short, or it is not {format.Name}. Write to another file.", e);
        }
    }
}
