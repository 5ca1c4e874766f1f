using CodeEmbed.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.ModelFiles;

/// <summary>
///   Opens the files of a model. Each must be a regular file: opening a named pipe or a device could wait forever, change
///   something, or give bytes without end.
/// </summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <exception cref="ModelFormatException">It is not a regular file; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path) => FileType.OpenRegular(path, type => new ModelFormatException(
        $"{Path.GetFileName(path)} is {type}, and not a regular file. Replace it with the model's own file."));

    /// <summary>
    ///   Reads a file that must not be longer than a limit. The bytes that are read count: a file may grow, and some do not
    ///   report their length.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ModelFormatException">It is longer, or not a regular file; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> ReadAll(string path, int limit)
    {
        using var stream = new FileStream(Open(path), FileAccess.Read, bufferSize: 0);
        return ReadAll(Path.GetFileName(path), stream, limit);
    }

    /// <summary>Reads to its end a file that is open and must not be longer than a limit.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ModelFormatException">It is longer; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReadOnlyMemory<byte> ReadAll(string name, Stream stream, int limit)
    {
        long claimed = stream.CanSeek ? stream.Length : 0;
        if (claimed > limit)
            throw TooLarge(name, limit);

        byte[] bytes = new byte[Math.Max((int)claimed, 4095) + 1];
        int length = 0;
        for (int read = stream.Read(bytes, 0, bytes.Length); read > 0; read = stream.Read(bytes, length, bytes.Length - length))
        {
            length += read;
            if (length > limit)
                throw TooLarge(name, limit);

            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(2L * length, limit + 1L));
        }

        return bytes.AsMemory(0, length);
    }

    private static ModelFormatException TooLarge(string name, int limit) =>
        new($"{name} is larger than {limit / (1024 * 1024)} MiB, which is too large for such a file of a model.");
}
