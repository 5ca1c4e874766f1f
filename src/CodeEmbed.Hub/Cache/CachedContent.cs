using CodeEmbed.Files;

namespace CodeEmbed.Hub.Cache;

/// <summary>The files of a commit in the cache.</summary>
internal static class CachedContent
{
    private const int MoveAttempts = 50;

    /// <summary>
    ///   Whether a commit's file exists, and if it is a link, its target. Anything but a regular file counts as missing.
    /// </summary>
    public static bool IsThere(string pointer)
    {
        try
        {
            var file = new FileInfo(pointer);
            return file.Exists
                && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true })
                && FileType.Of(pointer) is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Links that go round in a circle.
            return false;
        }
    }

    /// <summary>Whether a commit's file exists and has the right length.</summary>
    public static bool IsThere(string pointer, long size)
    {
        try
        {
            var file = new FileInfo(pointer);
            return IsThere(pointer) && (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length == size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes a commit's file: a relative link to the blob, or the file itself if no link can be made.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="pointer">The path of the file in the commit.</param>
    /// <param name="useLinks">Whether to use a link.</param>
    /// <param name="isNew">Whether no other commit can use the blob yet, so that it may be moved.</param>
    public static void Place(string blob, string pointer, bool useLinks, bool isNew)
    {
        string folder = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(folder);
        File.Delete(pointer);
        if (useLinks && TryLink(pointer, blob))
            return;

        if (isNew)
        {
            File.Move(blob, pointer);
            return;
        }

        // An existing entry of this name may be a link that leads elsewhere.
        string partial = blob + ".copy";
        File.Delete(partial);
        File.Copy(blob, partial);
        File.Move(partial, pointer);
    }

    /// <summary>Makes an empty file, if nothing of its name exists.</summary>
    /// <param name="path">The file, whose folder exists.</param>
    public static void Mark(string path)
    {
        if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
            return;

        try
        {
            new FileStream(path, FileMode.CreateNew).Dispose();
        }
        catch (IOException) when (Path.Exists(path))
        {
            // Another process made it.
        }
    }

    /// <summary>Writes a text file so that no reader sees an incomplete one.</summary>
    public static void WriteWhole(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partial = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(partial, text);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(partial, path, overwrite: true);
                return;
            }
            catch (Exception e) when (OperatingSystem.IsWindows() && attempt < MoveAttempts
                && (e is IOException or UnauthorizedAccessException))
            {
                // Windows replaces no file that another client is reading or replacing.
                Thread.Sleep(attempt);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
    }

    private static bool TryLink(string pointer, string blob)
    {
        try
        {
            File.CreateSymbolicLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob));
            if (LeadsTo(pointer, blob))
                return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Windows without the right to make links, or a file system without them.
        }

        File.Delete(pointer);
        return false;
    }

    // A system may report that it made a link without making one, as Wine does. And a relative link leads elsewhere from a folder
    // that is a link, perhaps to a file of the same length. The system follows the link here, because the link's text does not
    // show where it leads.
    private static bool LeadsTo(string pointer, string blob)
    {
        using var found = new FileStream(
            pointer, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return found.Length == new FileInfo(blob).Length && FileIdentity.Of(pointer) == FileIdentity.Of(blob);
    }
}
