using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CodeEmbed.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Numpy;

/// <summary>An open file of vectors, and what is known about the records next to it.</summary>
internal sealed unsafe class NumpyVectors : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly NumpyHeader _header;
    private MemoryMappedFile? _mapped;
    private MemoryMappedViewAccessor? _view;
    private byte* _numbers;

    private NumpyVectors(string path, SafeFileHandle file, NumpyHeader header, string records, RecordsStamp? stamp)
    {
        Path = path;
        Records = records;
        Stamp = stamp;
        _file = file;
        _header = header;
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>The file of the records.</summary>
    public string Records { get; }

    /// <summary>Which records belong to the vectors, if that is known.</summary>
    public RecordsStamp? Stamp { get; }

    /// <summary>How many vectors there are.</summary>
    public long Rows => _header.Rows;

    /// <summary>How many numbers a vector has.</summary>
    public int Dimensions => _header.Dimensions;

    /// <summary>Which file it is, how long, and when it was last written.</summary>
    public string Version => FormattableString.Invariant(
        $"{FileStatus.Of(_file, Path).Identity} {RandomAccess.GetLength(_file)} {File.GetLastWriteTimeUtc(_file).Ticks}");

    /// <summary>Opens a file of vectors. Only its header is read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">
    ///   It is not one, its length is not what its header says, or it has no records.
    /// </exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static NumpyVectors Open(string path)
    {
        if (FileStatus.Of(System.IO.Path.GetFullPath(path)) is { Kind: FileKind.Other })
            throw new IOException("it is a device, a pipe or an open stream. Name a regular file.");

        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            string records = NumpyFiles.FindRecords(path);
            try
            {
                NumpyHeader header = NumpyHeader.Read(file);
                long length = RandomAccess.GetLength(file);
                if (header.FileLength != length)
                {
                    throw new InvalidDataException(
                        $"by its header, with {header.Rows} vectors of {header.Dimensions} numbers, it has {header.FileLength} "
                        + $"bytes, and it has {length}: it is cut off, or not a single array. Write it again.");
                }

                if (!File.Exists(records))
                {
                    throw new InvalidDataException(
                        $"'{records}', which holds its records, is missing. Put it next to the file, or write both again.");
                }

                RecordsStamp? stamp = RecordsStamp.Load(path);
                if (stamp is null && File.Exists(BesideFile.UnfinishedPathFor(path))
                    && !File.Exists(BesideFile.UnfinishedPathFor(records)))
                {
                    throw new InvalidDataException(
                        $"a run is replacing it, or was stopped while it did; '{records}' is new already. "
                        + "Let that run end, or resume it.");
                }

                return new NumpyVectors(path, file, header, records, stamp);
            }
            catch (InvalidDataException e)
            {
                string both = e.Message.Contains(records, StringComparison.Ordinal)
                    ? e.Message
                    : $"{e.Message} Its records are in '{records}'.";
                throw new InvalidInputException(new SnippetSource(path, 1), both, e);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Maps the file into memory, for <see cref="At"/>.</summary>
    public void Map()
    {
        if (Rows == 0)
            return;

        _mapped = MemoryMappedFile.CreateFromFile(
            _file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _numbers = start + _view.PointerOffset + _header.Length;
    }

    /// <summary>A vector in the file that is mapped; valid until this is disposed.</summary>
    /// <param name="row">Which one; the first is 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<float> At(long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows);
        ObjectDisposedException.ThrowIf(_numbers is null, this);
        return new ReadOnlySpan<float>(_numbers + (row * Dimensions * sizeof(float)), Dimensions);
    }

    /// <summary>Reads a vector.</summary>
    /// <param name="row">Which one; the first is 0.</param>
    /// <exception cref="IOException">It cannot be read, or the file has become shorter.</exception>
    public float[] Read(long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows);
        var vector = new float[Dimensions];
        Span<byte> bytes = MemoryMarshal.AsBytes(vector.AsSpan());
        long start = _header.Length + (row * bytes.Length);
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_file, bytes, start);
            if (read == 0)
                throw new IOException($"'{Path}' was changed while it was read. Run the command again.");

            start += read;
            bytes = bytes[read..];
        }

        return vector;
    }

    /// <summary>Checks that records are those of the vectors.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="sha256">Their digest; <see langword="null"/> if they are known to be unchanged.</param>
    /// <exception cref="InvalidInputException">They are not.</exception>
    public void RequireRecords(long count, string? sha256)
    {
        if (count != Rows)
            throw OtherCount($"{count}");

        if (Stamp is not null && sha256 is not null && Stamp.Sha256 != sha256)
        {
            throw Mismatch(
                $"'{Records}' is not what was written with it, by '{NumpyFiles.StampFor(Path)}'. A run may be putting new ones "
                + "in their place at this moment, or was stopped while it did: then let it end, or resume it. If you changed the "
                + "records yourself and they do belong to the vectors, remove that third file.");
        }
    }

    /// <summary>Reads the records, to check that they are those of the vectors.</summary>
    /// <exception cref="InvalidInputException">They are not.</exception>
    public void RequireRecords()
    {
        var read = RecordsStamp.Of(Records);
        RequireRecords(read.Count, read.Sha256);
    }

    /// <summary>The error about records whose number is not that of the vectors.</summary>
    /// <param name="count">How many there are.</param>
    public InvalidInputException OtherCount(string count) => Mismatch(
        $"it has {Rows} vectors, and '{Records}' has {count} lines. Each line must be the record of one vector, in the same "
        + "order: write both again.");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_numbers is not null)
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();

        _numbers = null;
        _view?.Dispose();
        _mapped?.Dispose();
        _file.Dispose();
    }

    private InvalidInputException Mismatch(string problem) => new(new SnippetSource(Path, 1), problem);
}
