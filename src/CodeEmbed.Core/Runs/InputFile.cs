namespace CodeEmbed.Runs;

/// <summary>A file that a run reads, as it was when the run opened it.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Size">Its length in bytes; 0 if it has none, such as a named pipe.</param>
/// <param name="LastWrite">When it was last written, in UTC; <see langword="null"/> if <paramref name="Size"/> is 0.</param>
public sealed record InputFile(string Path, long Size, DateTime? LastWrite)
{
    /// <summary>Describes a file; for a symbolic link, the file that the link leads to.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file's properties cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file's properties may not be read.</exception>
    public static InputFile Of(string path)
    {
        var file = new FileInfo(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo linked)
        {
            // The link of standard input leads to no file if it is a pipe. A link to a file that is gone is reported when it is
            // opened.
            if (!linked.Exists)
                return new InputFile(System.IO.Path.GetFullPath(path), Size: 0, LastWrite: null);

            file = linked;
        }

        return new InputFile(System.IO.Path.GetFullPath(path), file.Length, file.Length > 0 ? file.LastWriteTimeUtc : null);
    }
}
