using CodeEmbed.Files;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Output;
using CodeEmbed.Numpy;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl.Reuse;

/// <summary>An open file of embeddings whose lines can be read in any order.</summary>
/// <remarks>
///   If it is compressed or a store, its lines are first copied into a temporary file, which only this user can read and
///   which is removed with the process.
/// </remarks>
internal sealed class ReusableFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly FileStream? _copy;
    private readonly (long Length, DateTime LastWrite) _state;
    private string? _besideVersion;

    private ReusableFile(string path, SafeFileHandle file, FileStream? copy, (long Length, DateTime LastWrite) state)
    {
        Path = path;
        _file = file;
        _copy = copy;
        _state = state;
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>The vectors of its lines, if they are in a separate file.</summary>
    public NumpyVectors? Beside { get; private init; }

    /// <summary>The lines, not compressed.</summary>
    public SafeFileHandle Lines => _copy?.SafeFileHandle ?? _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="adapters">The adapters for compressed files and stores.</param>
    /// <param name="cancellationToken">Stops the copying.</param>
    /// <exception cref="InvalidInputException">The compressed data or the store is damaged or cut short.</exception>
    /// <exception cref="IOException">It cannot be opened, or is not a regular file; or its lines cannot be copied.</exception>
    /// <exception cref="NotSupportedException">The adapter that the file needs is missing.</exception>
    public static async ValueTask<ReusableFile> OpenAsync(
        string path, FileAdapters adapters, CancellationToken cancellationToken)
    {
        if (NumpyFiles.IsOne(path))
            return OpenNumpy(path);

        NumpyFiles.RequireVectors(path);
        FileKind? kind = FileStatus.Of(path)?.Kind;
        if (kind is not (null or FileKind.Regular))
            throw new IOException(kind == FileKind.Folder ? "it is a folder." : "it is a device or a pipe. Name a regular file.");

        SafeFileHandle file = Open(path);
        FileStream? copy = null;
        try
        {
            // Before the first byte is read, so that every change after it is seen.
            (long, DateTime) state = StateOf(file);
            if (FileAdapters.IsPacked(path))
            {
                using Stream lines = adapters.OpenLines(path, new HandleStream(file, isEnded: () => false));
                copy = MakeTemporary();
                await CopyAsync(path, lines, copy.SafeFileHandle, cancellationToken).ConfigureAwait(false);
            }

            return new ReusableFile(path, file, copy, state);
        }
        catch
        {
            copy?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the file has not changed since it was opened.</summary>
    /// <exception cref="IOException">It has.</exception>
    public void RequireUnchanged()
    {
        if (StateOf(_file) != _state || Beside?.Version != _besideVersion)
            throw new IOException("it changed while it was read. Run the command again when nothing writes to it.");
    }

    /// <summary>Reads bytes.</summary>
    /// <returns>Whether there were that many.</returns>
    public bool TryRead(long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(Lines, bytes, offset);
            if (read == 0)
                return false;

            offset += read;
            bytes = bytes[read..];
        }

        return true;
    }

    /// <summary>The number of the line that starts at an offset.</summary>
    public long NumberOf(long offset)
    {
        long number = 1;
        byte[] block = new byte[64 * 1024];
        for (long position = 0; position < offset;)
        {
            int read = RandomAccess.Read(Lines, block.AsSpan(0, (int)Math.Min(block.Length, offset - position)), position);
            if (read == 0)
                break;

            number += block.AsSpan(0, read).Count((byte)'\n');
            position += read;
        }

        return number;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Beside?.Dispose();
        _copy?.Dispose();
        _file.Dispose();
    }

    /// <summary>Opens vectors for NumPy and the records next to them, which must be those of the vectors.</summary>
    private static ReusableFile OpenNumpy(string path)
    {
        NumpyVectors vectors = NumpyVectors.Open(path);
        SafeFileHandle? records = null;
        try
        {
            records = Open(vectors.Records);
            (long, DateTime) state = StateOf(records);
            vectors.RequireRecords();
            return new ReusableFile(vectors.Records, records, copy: null, state)
            {
                Beside = vectors,
                _besideVersion = vectors.Version,
            };
        }
        catch
        {
            records?.Dispose();
            vectors.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException e) when (HeldFile.IsSaidBy(e))
        {
            throw HeldFile.Describe(path, e);
        }
    }

    private static (long Length, DateTime LastWrite) StateOf(SafeFileHandle file) =>
        (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    private static FileStream MakeTemporary()
    {
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
            BufferSize = 0,
        };
        if (OperatingSystem.IsWindows())
            return new FileStream(path, options);

        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }

    private static async ValueTask CopyAsync(
        string path, Stream lines, SafeFileHandle copy, CancellationToken cancellationToken)
    {
        byte[] block = new byte[64 * 1024];
        long length = 0;
        try
        {
            while (await lines.ReadAsync(block, cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                RandomAccess.Write(copy, block.AsSpan(0, read), length);
                length += read;
            }
        }
        catch (InvalidDataException e)
        {
            // The data before the damage may be damaged too: the checksum is at the end.
            throw new InvalidInputException(new SnippetSource(path, 1), $"{e.Message} Nothing of it can be reused.", e);
        }
    }
}
