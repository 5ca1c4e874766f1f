using CodeEmbed.Files;
using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Cache;

/// <summary>
///   Opens files of a cache, which others may write to as well. Each must be a regular file: a pipe or a device could block
///   forever, or give bytes without end, and data written through a link could end up outside the cache.
/// </summary>
internal static class CacheFile
{
    /// <summary>Opens a file for reading; links are followed.</summary>
    /// <exception cref="HubAnswerException">It is not a regular file; the message names it.</exception>
    public static FileStream OpenRead(string path) =>
        new(FileType.OpenRegular(path, type => Refuse(path, type)), FileAccess.Read, bufferSize: 0);

    /// <summary>Opens a file for reading and writing, exclusively, and makes it if it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">On Unix, the permissions of a file that is made; <see langword="null"/> for the usual ones.</param>
    /// <exception cref="HubAnswerException">It is a link, or not a regular file; the message names it.</exception>
    public static FileStream OpenWrite(string path, UnixFileMode? mode = null)
    {
        RequireWritable(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (mode is not null && !OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;

        var stream = new FileStream(path, options);
        try
        {
            Require(path, FileType.Of(stream.SafeFileHandle));
            RequireWritable(path);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static void RequireWritable(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new HubAnswerException(
                $"'{path}' is a link, and nothing is written through a link in the cache. Remove the link, and try again.");
        }

        Require(path, FileType.Of(path));
    }

    private static void Require(string path, string? otherType)
    {
        if (otherType is not null)
            throw Refuse(path, otherType);
    }

    private static HubAnswerException Refuse(string path, string type) =>
        new($"'{path}' is {type}, not a regular file. Remove it, and try again.");
}
