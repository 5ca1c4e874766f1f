using System.IO.MemoryMappedFiles;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>A memory-mapped file; its pages are read when they are accessed.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <summary>Maps a file.</summary>
    /// <exception cref="ModelFormatException">
    ///   The file is empty, not a regular file, or a known substitute for the real file.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public MappedFile(string path)
    {
        Name = Path.GetFileName(path);
        using var stream = new FileStream(RegularFile.Open(path), FileAccess.Read, bufferSize: 0);
        Length = stream.Length;
        if (Length == 0)
            throw new ModelFormatException($"{Name} is empty.");

        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        try
        {
            FileStart.RefuseStandIns(Name, Head(FileFormat.StartLength));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file's name, without its folder.</summary>
    public string Name { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>Determines whether a range is in the file, for any numbers.</summary>
    public bool Contains(long offset, long length) => offset >= 0 && length >= 0 && offset <= Length - length;

    /// <summary>The start of a range, which must be in the file.</summary>
    public byte* Address(long offset, long length) =>
        Contains(offset, length) ? _start + offset : throw new ArgumentOutOfRangeException(nameof(offset));

    /// <summary>A range, which must be in the file.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int length) => new(Address(offset, length), length);

    /// <summary>The first bytes of the file: as many as asked for, or all there are.</summary>
    public ReadOnlySpan<byte> Head(int length) => Bytes(0, (int)Math.Min(length, Length));

    /// <summary>Unmaps the file; pointers into it must not be used afterwards.</summary>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
