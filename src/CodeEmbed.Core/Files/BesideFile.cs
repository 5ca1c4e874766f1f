namespace CodeEmbed.Files;

/// <summary>A small file next to a target, which describes it.</summary>
internal static class BesideFile
{
    /// <summary>The temporary file that is written first, then renamed.</summary>
    public static string UnfinishedPathFor(string path) => path + ".new";

    /// <summary>Writes the file, so that at any moment it is the one before or this one, whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The target that it is about, whose mode is used.</param>
    /// <param name="write">Writes its contents.</param>
    /// <returns>Which file it is now.</returns>
    public static FileIdentity Replace(string path, string target, Action<Stream> write)
    {
        FileIdentity identity = Prepare(path, target, write);
        try
        {
            Place(path);
            return identity;
        }
        catch
        {
            File.Delete(UnfinishedPathFor(path));
            throw;
        }
    }

    /// <summary>Writes the temporary file, and brings it to the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The target that it is about, whose mode is used.</param>
    /// <param name="write">Writes its contents.</param>
    /// <returns>Which file it is.</returns>
    public static FileIdentity Prepare(string path, string target, Action<Stream> write)
    {
        string unfinished = UnfinishedPathFor(path);

        // A killed run may have left it. The new file is made only if none exists, so that no link is followed.
        File.Delete(unfinished);
        try
        {
            using FileStream file = TargetAccess.OpenBeside(target, unfinished, FileMode.CreateNew);
            write(file);
            file.Flush(flushToDisk: true);
            return FileStatus.Of(file.SafeFileHandle, unfinished).Identity;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Renames the temporary file that <see cref="Prepare"/> wrote.</summary>
    /// <param name="path">The file.</param>
    public static void Place(string path) => File.Move(UnfinishedPathFor(path), path, overwrite: true);
}
