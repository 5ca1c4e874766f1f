using CodeEmbed.ModelFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Onnx.Models;

/// <summary>
///   Opens the files of a model. Each must be a regular file: the opening of a named pipe or a device could wait for ever, change
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
        $"{Path.GetFileName(path)} is {type}, and not a regular file. Put the model's own file in its place."));

    /// <summary>
    ///   Reads a file that must not be longer than a limit. What counts is what is read: a file may grow, and some do not tell
    ///   their length.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ModelFormatException">It is longer, or not a regular file; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> ReadAll(string path, int limit)
    {
        using SafeFileHandle handle = Open(path);
        long claimed = RandomAccess.GetLength(handle);
        if (claimed > limit)
            throw TooLarge(path, limit);

        byte[] bytes = new byte[Math.Max((int)claimed, 4095) + 1];
        int length = 0;
        for (int read = RandomAccess.Read(handle, bytes, 0); read > 0; read = RandomAccess.Read(handle, bytes.AsSpan(length), length))
        {
            length += read;
            if (length > limit)
                throw TooLarge(path, limit);

            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(2L * length, limit + 1L));
        }

        return bytes.AsMemory(0, length);
    }

    private static ModelFormatException TooLarge(string path, int limit) =>
        new($"{Path.GetFileName(path)} is larger than {limit / (1024 * 1024)} MiB, which no such file of a model is.");
}
