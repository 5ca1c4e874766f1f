namespace CodeEmbed.Hub.Cache;

/// <summary>Puts a file that has been fetched where a commit has it.</summary>
internal static class CachedContent
{
    /// <summary>Makes a commit's file: a relative link to the blob, or where links cannot be had the file itself.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="pointer">Where the commit has the file.</param>
    /// <param name="useLinks">Whether to use a link.</param>
    /// <param name="isNew">Whether no other commit can use the blob yet, so that it may be moved.</param>
    public static void Place(string blob, string pointer, bool useLinks, bool isNew)
    {
        string folder = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(folder);
        File.Delete(pointer);
        if (useLinks && TryLink(pointer, Path.GetRelativePath(folder, blob)))
            return;

        if (isNew)
        {
            File.Move(blob, pointer);
            return;
        }

        string partial = blob + ".copy";
        File.Copy(blob, partial, overwrite: true);
        File.Move(partial, pointer);
    }

    /// <summary>Writes a file of text so that no reader sees a part of it.</summary>
    public static void WriteWhole(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partial = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(partial, text);
        File.Move(partial, path, overwrite: true);
    }

    private static bool TryLink(string pointer, string target)
    {
        try
        {
            File.CreateSymbolicLink(pointer, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Windows without the right to make links, or a file system without them.
            return false;
        }
    }
}
