using System.IO.Compression;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Lines go, not packed, to <c>&lt;target&gt;.partial</c>, which takes the target's place at the end. Until then the target is as it was.
/// </summary>
internal sealed class ReplacedFile : IOutputFile
{
    private readonly string _target;
    private readonly FileStream _stream;
    private bool _started;

    /// <summary>Opens the partial file. What it held from an earlier run is lost when the first line is written.</summary>
    public ReplacedFile(string target)
    {
        _target = target;
        Path = target + ".partial";
        _stream = new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> line)
    {
        Start();
        long before = _stream.Position;
        try
        {
            await _stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Half a line, as of a full disk, is no use to anyone.
            _stream.SetLength(before);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Start();
        if (!GzipInput.IsPacked(_target))
        {
            _stream.Flush(flushToDisk: true);
            await _stream.DisposeAsync().ConfigureAwait(false);
            TakePlace(Path);
            return;
        }

        string packed = _target + ".packed";
        try
        {
            await PackAsync(packed, cancellationToken).ConfigureAwait(false);
            TakePlace(packed);
        }
        catch
        {
            File.Delete(packed);
            throw;
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
        File.Delete(Path);
    }

    /// <summary>Closes the partial file. It stays where it is if the output was not completed.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Drops what an earlier run left in the partial file.</summary>
    private void Start()
    {
        if (!_started)
            _stream.SetLength(0);

        _started = true;
    }

    private async ValueTask PackAsync(string packed, CancellationToken cancellationToken)
    {
        _stream.Position = 0;
        await using var file = new FileStream(packed, FileMode.Create, FileAccess.Write, FileShare.None);
        await using (var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            await _stream.CopyToAsync(gzip, cancellationToken).ConfigureAwait(false);

        file.Flush(flushToDisk: true);
    }

    /// <summary>Puts a file into the place of the target, whose mode it gets.</summary>
    private void TakePlace(string file)
    {
        if (File.Exists(_target))
        {
            if (OperatingSystem.IsWindows())
                ReplaceOnWindows(file);
            else
                File.SetUnixFileMode(file, File.GetUnixFileMode(_target));
        }

        File.Move(file, _target, overwrite: true);
    }

    /// <summary>Windows does not move a file over one that is read-only.</summary>
    private void ReplaceOnWindows(string file)
    {
        FileAttributes attributes = File.GetAttributes(_target);
        File.SetAttributes(_target, attributes & ~FileAttributes.ReadOnly);
        File.SetAttributes(file, attributes);
    }
}
