using System.Globalization;
using CodeEmbed.Files;
using CodeEmbed.Jsonl.Input;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>A file as it was at a moment.</summary>
/// <param name="Path">Its path, as it was given.</param>
/// <param name="Text">Which file it was, how long, and when it was last written.</param>
internal sealed record JsonlVersion(string Path, string Text)
{
    /// <summary>Looks at a file.</summary>
    /// <exception cref="IOException">The file does not exist, or cannot be read twice.</exception>
    public static JsonlVersion Of(string path)
    {
        using SafeFileHandle file = Open(path);
        return new JsonlVersion(path, Describe(file, path));
    }

    /// <summary>Opens the file, which others may read, write and replace.</summary>
    /// <exception cref="IOException">The file does not exist, or cannot be read twice.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (FileStatus.Of(System.IO.Path.GetFullPath(path)) is { Kind: FileKind.Other })
            throw new IOException("it is a device, a pipe or an open stream. Only a file can be searched.");

        return File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
    }

    /// <summary>Reads a part of the file.</summary>
    /// <exception cref="IOException">The part cannot be read, or the file has changed.</exception>
    public async ValueTask<byte[]> ReadAsync(long start, int length, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = Open(Path);
        var bytes = new byte[length];
        int read = 0;
        while (
            read < length
                && await RandomAccess.ReadAsync(file, bytes.AsMemory(read), start + read, cancellationToken).ConfigureAwait(false)
                    is > 0 and var more)
            read += more;

        return read == length && Describe(file, Path) == Text
            ? bytes
            : throw new IOException("it was changed while it was searched. Search again.");
    }

    /// <summary>Opens the file to read it from start to end, as lines.</summary>
    /// <param name="path">The file.</param>
    /// <param name="adapters">The adapters for compressed files and stores.</param>
    /// <param name="progress">Reports how much of the file has been read.</param>
    public static Stream OpenStream(string path, FileAdapters adapters, out Func<double?> progress)
    {
        var file = new FileStream(Open(path), FileAccess.Read, bufferSize: 0, isAsync: true);
        long length = file.Length;
        progress = () => length > 0 ? Math.Min((double)file.Position / length, 1) : null;
        return adapters.OpenLines(path, file);
    }

    private static string Describe(SafeFileHandle file, string path) => string.Create(
        CultureInfo.InvariantCulture,
        $"{FileStatus.Of(file, path).Identity} {RandomAccess.GetLength(file)} {File.GetLastWriteTimeUtc(file).Ticks}");
}
