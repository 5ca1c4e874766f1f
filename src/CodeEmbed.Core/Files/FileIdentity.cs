namespace CodeEmbed.Files;

/// <summary>Which file a path leads to. All paths of one file, such as hard links, have the same identity.</summary>
/// <param name="Volume">The file system.</param>
/// <param name="Number">
///   The file's number there; for a file that does not exist yet, that of the nearest folder that does.
/// </param>
/// <param name="Name">The path in that folder of a file that does not exist yet, else <see langword="null"/>.</param>
internal readonly record struct FileIdentity(ulong Volume, UInt128 Number, string? Name = null)
{
    /// <summary>
    ///   The identity of what a path leads to; <see langword="null"/> for what keeps no data, such as a device or a pipe.
    /// </summary>
    /// <param name="path">The path. The file need not exist yet.</param>
    /// <exception cref="IOException">The path's symbolic links lead in a circle.</exception>
    public static FileIdentity? Of(string path)
    {
        path = Path.GetFullPath(path);
        if (FileStatus.Of(path) is { } status)
            return status.Kind == FileKind.Other ? null : status.Identity;

        // Writing through a link that leads to nothing makes the file that the link names.
        if (new FileInfo(path) is { LinkTarget: not null } link)
            path = link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;

        string? folder = Path.GetDirectoryName(path);
        string name = Path.GetFileName(path);
        while (folder is not null)
        {
            if (FileStatus.Of(folder) is { } parent)
                return parent.Identity with { Name = Fold(name) };

            name = Path.Combine(Path.GetFileName(folder), name);
            folder = Path.GetDirectoryName(folder);
        }

        return OfName(path);
    }

    /// <summary>The identity if the system gives none: the path itself.</summary>
    /// <param name="path">The full path.</param>
    public static FileIdentity OfName(string path) => new(0, 0, Fold(path));

    /// <summary>Upper and lower case are the same if they are in the platform's usual file system.</summary>
    private static string Fold(string name) =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? name.ToUpperInvariant() : name;
}
