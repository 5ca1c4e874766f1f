using System.Buffers;
using System.Runtime.Versioning;
using CodeEmbed.Files;
using CodeEmbed.Jsonl.Input;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   The file that lines go to while an output is not complete. Lines that an interrupted run left in it stay as long as the same
///   lines are written; at the first that differs it is cut.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private bool _resuming, _holdsEarlier, _isLost;
    private long _end;

    /// <summary>Opens the file, exclusively for this run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The target, whose mode is used.</param>
    /// <param name="resume">Whether the run continues the lines in it; otherwise they are dropped with the first line.</param>
    /// <exception cref="IOException">The file cannot be opened, or another run writes to it.</exception>
    public PartialFile(string path, string target, bool resume)
    {
        Path = path;
        if (FileStatus.Of(path, followLinks: false) is { Kind: not FileKind.Regular })
            throw new IOException($"'{path}', to which the lines would be written, is a link, a folder or a device. Remove it.");

        _file = TargetAccess.OpenBeside(target, path, FileMode.OpenOrCreate);
        _handle = _file.SafeFileHandle;
        if (!IsInPlace)
        {
            // It was opened before another run renamed it to the target, and locked after that.
            _handle.Dispose();
            throw new IOException("another run has just completed it.");
        }

        LengthBefore = RandomAccess.GetLength(_handle);
        _holdsEarlier = LengthBefore > 0;
        _resuming = resume && _holdsEarlier;
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>How long the file was when it was opened.</summary>
    public long LengthBefore { get; }

    /// <summary>Whether the file has any contents, and its name leads to it.</summary>
    public bool HoldsAny => !_isLost && !IsEmpty;

    private bool IsEmpty => _end == 0 && !_holdsEarlier;

    /// <summary>Whether the name leads to the file. Once it is closed, so that Windows can move it, this is not known.</summary>
    public bool IsInPlace => _handle.IsClosed || FileStatus.LeadsTo(Path, _handle);

    /// <summary>Reads the file from its start.</summary>
    public Stream OpenRead() => new HandleStream(_handle, isEnded: () => false);

    /// <summary>
    ///   Reads, from the start, the lines of an interrupted run. It ends where the file is cut: after that place lines of this
    ///   run may be in the middle of older ones.
    /// </summary>
    public Stream OpenResumed() => new HandleStream(_handle, isEnded: () => !_resuming);

    /// <summary>Writes a line after those written before.</summary>
    /// <exception cref="IOException">The line cannot be written; no part of it stays.</exception>
    /// <remarks>
    ///   On the calling thread: .NET passes an asynchronous write of a file to another one, which takes longer than the
    ///   write.
    /// </remarks>
    public void Write(ReadOnlySpan<byte> line)
    {
        if (ComesNext(line))
        {
            _end += line.Length;
            return;
        }

        Cut();
        try
        {
            RandomAccess.Write(_handle, line, _end);
            _end += line.Length;
        }
        catch (IOException)
        {
            // Half a line, as a full disk leaves, is of no use.
            RandomAccess.SetLength(_handle, _end);
            throw;
        }
    }

    /// <summary>Whether the run still follows the lines of an interrupted one, and these bytes come next there.</summary>
    public bool ComesNext(ReadOnlySpan<byte> bytes)
    {
        if (!_resuming)
            return false;

        byte[] next = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            int length = 0;
            while (
                length < bytes.Length
                    && RandomAccess.Read(_handle, next.AsSpan(length, bytes.Length - length), _end + length) is > 0 and var read)
            {
                length += read;
            }

            return next.AsSpan(0, length).SequenceEqual(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(next);
        }
    }

    /// <summary>Drops the lines of an earlier run, unless this run continues them.</summary>
    public void DropUnlessResuming()
    {
        if (!_resuming)
            Cut();
    }

    /// <summary>
    ///   Checks that the file's name still leads to it: it may have been deleted, and another run may have begun a new one.
    /// </summary>
    /// <exception cref="IOException">It does not.</exception>
    public void RequireInPlace()
    {
        _isLost = !IsInPlace;
        if (_isLost)
            throw new IOException($"'{Path}', which this run wrote to, was deleted or replaced by another program. Its "
                + "contents are lost: start over.");
    }

    /// <summary>Drops everything in the file; an empty file is removed when it is closed.</summary>
    public void Discard()
    {
        if (_handle.IsClosed)
            return;

        RandomAccess.SetLength(_handle, 0);
        _end = 0;
        _holdsEarlier = _resuming = false;
    }

    /// <summary>Gives the file the target's owner, group and mode, before it replaces the target.</summary>
    [UnsupportedOSPlatform("windows")]
    public void TakeAccessOf(string target) => TargetAccess.Give(target, _handle, Path);

    /// <summary>Cuts the file after the lines that were written.</summary>
    /// <param name="isFinal">Whether it becomes the target as it is: then it is flushed to disk, too.</param>
    /// <exception cref="IOException">The run continues what an interrupted one left, and has not reached its end.</exception>
    public void Complete(bool isFinal)
    {
        if (_resuming && HasLineBehindEnd())
        {
            throw new OutputException(
                OutputProblem.MadeOtherwise, "the interrupted run had finished more than this run was given.");
        }

        Cut();
        if (isFinal)
            Flush();
    }

    /// <summary>Flushes the written lines to disk.</summary>
    public void Flush()
    {
        if (!_handle.IsClosed)
            RandomAccess.FlushToDisk(_handle);
    }

    /// <summary>Closes the file, and keeps it even if it is empty: Windows moves no open file.</summary>
    [SupportedOSPlatform("windows")]
    public void Close() => _file.Dispose();

    /// <summary>Closes the file, if it is open. An empty one is removed, as it is of no use.</summary>
    public void Dispose()
    {
        if (_handle.IsClosed)
            return;

        bool isLeft = IsEmpty && IsInPlace;

        // Elsewhere than on Windows the name goes while the file is still locked, so that no other run has opened it.
        if (isLeft && !OperatingSystem.IsWindows())
            TryDelete();

        _file.Dispose();
        if (isLeft && OperatingSystem.IsWindows())
            TryDelete();
    }

    private void TryDelete()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file does no harm: the next run treats it as missing.
        }
    }

    private bool HasLineBehindEnd()
    {
        var block = new byte[64 * 1024];
        for (long position = _end; RandomAccess.Read(_handle, block, position) is > 0 and var read; position += read)
        {
            if (block.AsSpan(0, read).Contains((byte)'\n'))
                return true;
        }

        return false;
    }

    /// <summary>Drops the lines of an earlier run after those that were written.</summary>
    private void Cut()
    {
        if (_holdsEarlier)
            RandomAccess.SetLength(_handle, _end);

        _holdsEarlier = _resuming = false;
    }
}

/// <summary>Reads an open file from its start. Several may read one file, and it stays open.</summary>
/// <param name="handle">The file.</param>
/// <param name="isEnded">Returns whether the reading must end.</param>
internal sealed class HandleStream(SafeFileHandle handle, Func<bool> isEnded) : ReadOnlyStream
{
    private long _position;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (isEnded())
            return 0;

        int read = await RandomAccess.ReadAsync(handle, buffer, _position, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }
}
