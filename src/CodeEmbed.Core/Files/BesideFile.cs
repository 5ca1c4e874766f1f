namespace CodeEmbed.Files;

/// <summary>A small file beside a target, which says something of it.</summary>
internal static class BesideFile
{
    /// <summary>The file that it is written to before it takes its place.</summary>
    public static string UnfinishedPathFor(string path) => path + ".new";

    /// <summary>Writes the file, so that at any moment it is the one before or this one, whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The target that it is about, whose mode it gets.</param>
    /// <param name="write">Writes what is in it.</param>
    /// <returns>Which file it is now.</returns>
    public static FileIdentity Replace(string path, string target, Action<Stream> write)
    {
        string unfinished = UnfinishedPathFor(path);

        // What a killed run left. The new file is made where no file is, so that no link is followed.
        File.Delete(unfinished);
        try
        {
            FileIdentity identity;
            using (FileStream file = TargetAccess.OpenBeside(target, unfinished, FileMode.CreateNew))
            {
                write(file);
                file.Flush(flushToDisk: true);
                identity = FileStatus.Of(file.SafeFileHandle, unfinished).Identity;
            }

            File.Move(unfinished, path, overwrite: true);
            return identity;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
