using CodeEmbed.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Sources.Files;

/// <summary>The bytes of a file, as they were at one moment.</summary>
/// <param name="Bytes">The bytes; <see langword="null"/> if there are more than the limit.</param>
/// <param name="HasChanged">Whether the file changed during every attempt to read it.</param>
internal sealed record FileBytes(byte[]? Bytes, bool HasChanged)
{
    private const int Tries = 3;

    /// <summary>Reads a file. If it changes meanwhile, it is read again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="IOException">It cannot be read, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileBytes Read(string path, int limit)
    {
        for (int attempt = 1; ; attempt++)
        {
            // Opening a named pipe would block.
            using SafeFileHandle file = FileType.OpenRegular(path, type => new IOException($"it is {type}."));
            (long Length, DateTime Time) before = State(file);
            byte[]? bytes = Read(file, before.Length, limit);
            bool hasChanged = State(file) != before || (bytes is not null && bytes.Length != before.Length);
            if (!hasChanged || attempt == Tries)
                return new FileBytes(bytes, hasChanged);
        }
    }

    private static byte[]? Read(SafeFileHandle file, long length, int limit)
    {
        if (length > limit)
            return null;

        byte[] bytes = new byte[length + 1];
        int count = 0;
        for (int read; (read = RandomAccess.Read(file, bytes.AsSpan(count), count)) > 0;)
        {
            count += read;
            if (count > limit)
                return null;

            if (count == bytes.Length)
                Array.Resize(ref bytes, 2 * count);
        }

        Array.Resize(ref bytes, count);
        return bytes;
    }

    private static (long Length, DateTime Time) State(SafeFileHandle file) =>
        (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
}
