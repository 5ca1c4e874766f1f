using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl;

/// <summary>
///   The file that lines go to while an output is not complete. Lines that an interrupted run left in it stay as long as the same lines
///   are written; at the first that differs it is cut.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private bool _resuming, _holdsEarlier;
    private long _end;

    /// <summary>Opens the file, for this run alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="resume">Whether the run goes on with what is in it; else that is dropped with the first line.</param>
    /// <exception cref="IOException">The file cannot be opened, or another run writes to it.</exception>
    public PartialFile(string path, bool resume)
    {
        Path = path;
        _handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        LengthBefore = RandomAccess.GetLength(_handle);
        _holdsEarlier = LengthBefore > 0;
        _resuming = resume && _holdsEarlier;
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>How long the file was when it was opened.</summary>
    public long LengthBefore { get; }

    /// <summary>Reads the file from its start, whatever is written meanwhile.</summary>
    public Stream OpenRead() => new HandleStream(_handle);

    /// <summary>Writes a line after those written before.</summary>
    /// <exception cref="IOException">The line cannot be written; no part of it stays.</exception>
    /// <remarks>By the thread that has the line: .NET hands an asynchronous write of a file to another, which takes longer than the write.</remarks>
    public void Write(ReadOnlySpan<byte> line)
    {
        if (_resuming && IsNext(line))
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
            // Half a line, as of a full disk, is no use to anyone.
            RandomAccess.SetLength(_handle, _end);
            throw;
        }
    }

    /// <summary>Leaves in the file what was written, and nothing else, and sees to it that the disk has it.</summary>
    public void Complete()
    {
        Cut();
        Flush();
    }

    /// <summary>Sees to it that the disk has what was written.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Tells whether the file goes on with a line.</summary>
    private bool IsNext(ReadOnlySpan<byte> line)
    {
        byte[] next = ArrayPool<byte>.Shared.Rent(line.Length);
        try
        {
            int length = 0;
            while (length < line.Length && RandomAccess.Read(_handle, next.AsSpan(length, line.Length - length), _end + length) is > 0 and var read)
            {
                length += read;
            }

            return next.AsSpan(0, length).SequenceEqual(line);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(next);
        }
    }

    /// <summary>Drops what the file holds of an earlier run after the lines that were written.</summary>
    private void Cut()
    {
        if (_holdsEarlier)
            RandomAccess.SetLength(_handle, _end);

        _holdsEarlier = _resuming = false;
    }
}
