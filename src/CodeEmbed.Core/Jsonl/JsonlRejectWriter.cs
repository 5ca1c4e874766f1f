using System.Buffers;
using System.Text;
using CodeEmbed.Files;
using CodeEmbed.Jsonl.Output;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.Jsonl;

/// <summary>Writes the records that a run rejects to a JSON Lines file, each immediately. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   A snippet is rejected some batches after it was read, and which records were rejected meanwhile depends on how fast the
///   model is. So its place is kept when it comes: the file is in the order of the input, whatever the timing.
/// </remarks>
public sealed class JsonlRejectWriter : IDisposable
{
    private const int MoveLength = 64 * 1024;

    /// <summary>What each line begins with.</summary>
    private static ReadOnlySpan<byte> FirstName => "{\"file\":"u8;

    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly LinkedList<RejectPlace> _places = new();
    private readonly bool _isRegular, _isNew;
    private long _start, _length;
    private bool _hasWritten;

    /// <summary>
    ///   Opens the file. Its old contents stay before the records until the writing ends: until then it may turn out to be an
    ///   input. A new one is readable only by its owner, as it may hold private data.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">
    ///   The file cannot be opened, another program writes to it, or it holds embeddings.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public JsonlRejectWriter(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        TargetFile.RequireFolder(Path, "Make it.");
        FileKind? kind = FileStatus.Of(Path)?.Kind;
        if (kind == FileKind.Folder)
            throw new IOException("it is a folder.");

        TargetFile.RequireNoIndex(Path, "the rejected records");

        _isNew = kind is null;
        _isRegular = kind != FileKind.Other;
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = _isRegular ? FileAccess.ReadWrite : FileAccess.Write,

            // Elsewhere than on Windows only this keeps a second run out, and programs that are not of .NET can read it all the
            // same.
            Share = OperatingSystem.IsWindows() ? FileShare.Read : _isRegular ? FileShare.None : FileShare.ReadWrite,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        _file = new FileStream(Path, options);
        Identity = _isRegular ? FileStatus.Of(_file.SafeFileHandle, Path).Identity : null;
        _start = _isRegular ? RandomAccess.GetLength(_file.SafeFileHandle) : 0;
        ReplacesOther = _start > 0 && !BeginsWithRecord();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether the file has contents that are not rejected records of an earlier run.</summary>
    internal bool ReplacesOther { get; }

    /// <summary>Which file it is; <see langword="null"/> for what keeps nothing, such as a device.</summary>
    internal FileIdentity? Identity { get; }

    /// <summary>Writes a record: where it was read, its id, what is wrong with it and the record itself.</summary>
    /// <param name="rejected">The record.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(RejectedRecord rejected)
    {
        Compose(rejected);
        Insert(_length);
        _length += _line.WrittenCount;
    }

    /// <summary>
    ///   Drops the old contents of the file: if there was no record, the file is empty. Records may still come, from a cmdlet
    ///   that ends later.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written, or no longer exists.</exception>
    public void Complete()
    {
        DropEarlier();
        _hasWritten = true;
        if (_isRegular && FileStatus.Of(Path)?.Identity != Identity)
        {
            throw new IOException(
                "it was deleted or replaced by another program, and the rejected records were lost with the old file.");
        }
    }

    /// <summary>Closes the file. If this run made it and never wrote to it, it is removed.</summary>
    public void Dispose()
    {
        try
        {
            if (_hasWritten)
                DropEarlier();
        }
        catch (IOException)
        {
            // The run has failed already. The old contents of the file stay before the records.
        }

        bool isLeft = _isNew && !_hasWritten && FileStatus.Of(Path)?.Identity == Identity;
        _file.Dispose();
        if (isLeft)
            File.Delete(Path);
    }

    /// <summary>
    ///   Describes the file, once it is complete, for the files next to an output; <see langword="null"/> for a device or pipe.
    /// </summary>
    /// <param name="output">The output.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal RejectFile? Describe(string output)
    {
        if (!_isRegular)
            return null;

        _file.Position = 0;
        return RejectFile.Of(Path, _file, output);
    }

    /// <summary>Restores the file, because the run turned out to read it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Restore()
    {
        if (_hasWritten && _isRegular)
            RandomAccess.SetLength(_file.SafeFileHandle, _start);

        _hasWritten = false;
    }

    /// <summary>Reserves a place for the current snippet, in case it is rejected later.</summary>
    internal RejectPlace Keep() => _places.AddLast(new RejectPlace { Offset = _length }).Value;

    /// <summary>Releases a place: its snippet was not rejected.</summary>
    internal void Release(RejectPlace place) => _places.Remove(place);

    /// <summary>
    ///   Writes a record in its place. A file that can only be written at its end, such as a pipe, gets it there.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Write(RejectedRecord rejected, RejectPlace place)
    {
        LinkedListNode<RejectPlace>? later = _places.Find(place)?.Next;
        Release(place);
        Compose(rejected);
        Insert(place.Offset);
        _length += _line.WrittenCount;
        for (; later is not null; later = later.Next)
            later.Value.Offset += _line.WrittenCount;
    }

    private bool BeginsWithRecord()
    {
        Span<byte> start = stackalloc byte[FirstName.Length];
        return RandomAccess.Read(_file.SafeFileHandle, start, 0) == start.Length && start.SequenceEqual(FirstName);
    }

    private void Compose(RejectedRecord rejected)
    {
        _line.ResetWrittenCount();
        Write(FirstName, rejected.Source?.File);
        Write(",\"line\":"u8, rejected.Source?.Line);
        if (rejected.Source?.Element is { } element)
            Write(",\"element\":"u8, element);

        Write(",\"id\":"u8, rejected.Id);
        Write(",\"error\":"u8, rejected.Reason.ErrorId);
        Write(",\"reason\":"u8, rejected.Reason.Message);

        // As a string, because it may not be JSON. Bytes that are not UTF-8 become U+FFFD.
        Write(",\"record\":"u8, rejected.Record.IsEmpty ? null : Encoding.UTF8.GetString(rejected.Record.Span));
        _line.Write("}\n"u8);
    }

    private void Write(ReadOnlySpan<byte> name, object? value)
    {
        _line.Write(name);
        PlainValueWriter.Write(_line, value);
    }

    /// <summary>Inserts the composed line at an offset.</summary>
    private void Insert(long offset)
    {
        _hasWritten = true;
        if (!_isRegular)
        {
            _file.Write(_line.WrittenSpan);
            return;
        }

        try
        {
            // At the end first, so that a full disk is found before anything is overwritten.
            RandomAccess.Write(_file.SafeFileHandle, _line.WrittenSpan, _start + _length);
            if (offset < _length)
            {
                MoveOn(offset, _line.WrittenCount);
                RandomAccess.Write(_file.SafeFileHandle, _line.WrittenSpan, _start + offset);
            }
        }
        catch (IOException)
        {
            // Half a line, as a full disk leaves, is of no use.
            RandomAccess.SetLength(_file.SafeFileHandle, _start + _length);
            throw;
        }
    }

    /// <summary>
    ///   Moves everything after an offset, its end first, so that nothing is overwritten before it is moved.
    /// </summary>
    private void MoveOn(long offset, int distance)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(MoveLength);
        try
        {
            for (long end = _length; end > offset;)
            {
                int length = (int)Math.Min(block.Length, end - offset);
                end -= length;
                Move(block.AsSpan(0, length), _start + end, _start + end + distance);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Drops the contents from before this run: the records move to the start.</summary>
    private void DropEarlier()
    {
        if (_start == 0)
            return;

        byte[] block = ArrayPool<byte>.Shared.Rent(MoveLength);
        try
        {
            for (long moved = 0; moved < _length;)
            {
                int length = (int)Math.Min(block.Length, _length - moved);
                Move(block.AsSpan(0, length), _start + moved, moved);
                moved += length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        RandomAccess.SetLength(_file.SafeFileHandle, _length);
        _start = 0;
    }

    private void Move(Span<byte> block, long from, long to)
    {
        int read = 0;
        while (read < block.Length)
        {
            read += RandomAccess.Read(_file.SafeFileHandle, block[read..], from + read) is > 0 and var more
                ? more
                : throw new EndOfStreamException();
        }

        RandomAccess.Write(_file.SafeFileHandle, block, to);
    }
}
