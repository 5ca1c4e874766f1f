using System.IO.Compression;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Lines go, not packed, to <c>&lt;target&gt;.partial</c>, which takes the target's place at the end. Until then the target is as it was.
/// </summary>
internal sealed class ReplacedFile : IOutputFile, IDisposable
{
    private readonly string _target;
    private readonly PartialFile _partial;

    /// <summary>Opens the partial file.</summary>
    /// <param name="target">The file to make.</param>
    /// <param name="options">What to do with what an interrupted run left in the partial file.</param>
    /// <exception cref="IOException">There is such a file, and nothing is said of what to do with it; or another run writes to it.</exception>
    public ReplacedFile(string target, JsonlWriterOptions options)
    {
        _target = target;
        _partial = new PartialFile(target + ".partial", options.Resume);
        if (_partial.LengthBefore == 0 || options.Resume || options.Force)
            return;

        _partial.Dispose();
        throw new IOException($"'{Path}' holds what a run finished that did not reach its end. Continue it with -Resume, or drop it and start anew with -Force.");
    }

    /// <inheritdoc/>
    public string Path => _partial.Path;

    /// <summary>Whether the file holds what an interrupted run finished.</summary>
    public bool HoldsFinished => _partial.LengthBefore > 0;

    /// <summary>Reads what an interrupted run left in the partial file.</summary>
    public Stream OpenFinished() => _partial.OpenFinished();

    /// <summary>Tells whether these bytes come next in what an interrupted run left, behind what was written.</summary>
    public bool ComesNext(ReadOnlySpan<byte> bytes) => _partial.ComesNext(bytes);

    /// <summary>Drops what the partial file holds of an earlier run, unless the run continues it.</summary>
    public void DropUnlessResuming() => _partial.DropUnlessResuming();

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> line)
    {
        _partial.Write(line.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sees to it that the disk has what was written.</summary>
    public void Flush() => _partial.Flush();

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _partial.Complete();
        if (!GzipInput.IsPacked(_target))
        {
            // Elsewhere than on Windows an open file can be moved, and as long as it is open no other run can take it.
            if (OperatingSystem.IsWindows())
                _partial.Dispose();

            TakePlace(Path);
            _partial.Dispose();
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

        _partial.Dispose();
        File.Delete(Path);
    }

    /// <summary>Closes the partial file. It stays where it is if the output was not completed.</summary>
    public void Dispose() => _partial.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask PackAsync(string packed, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(packed, FileMode.Create, FileAccess.Write, FileShare.None);
        await using (Stream lines = _partial.OpenRead())
        await using (var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            await lines.CopyToAsync(gzip, cancellationToken).ConfigureAwait(false);

        file.Flush(flushToDisk: true);
    }

    /// <summary>Puts a file into the place of the target, whose mode, or on Windows whose access list and attributes, it gets.</summary>
    private void TakePlace(string file)
    {
        if (!File.Exists(_target))
        {
            File.Move(file, _target);
        }
        else if (OperatingSystem.IsWindows())
        {
            ReplaceOnWindows(file);
        }
        else
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(_target));
            File.Move(file, _target, overwrite: true);
        }
    }

    /// <summary>Windows does not replace a file that is read-only.</summary>
    private void ReplaceOnWindows(string file)
    {
        FileAttributes attributes = File.GetAttributes(_target);
        File.SetAttributes(_target, attributes & ~FileAttributes.ReadOnly);
        File.Replace(file, _target, destinationBackupFileName: null);
        File.SetAttributes(_target, attributes);
    }
}
