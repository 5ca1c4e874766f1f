namespace CodeEmbed.Files;

/// <summary>Which file it is, whatever the path is spelled like: two paths of one file, as hard links, have the same.</summary>
/// <param name="Volume">The file system.</param>
/// <param name="Number">The file's number there; where the file is not there yet, that of the nearest folder that is.</param>
/// <param name="Name">The name in that folder of a file that is not there yet, else <see langword="null"/>.</param>
internal readonly record struct FileIdentity(ulong Volume, UInt128 Number, string? Name = null)
{
    /// <summary>The identity of what a path leads to; <see langword="null"/> for what keeps nothing, such as a device or a pipe.</summary>
    /// <param name="path">The path. There need be no file yet.</param>
    public static FileIdentity? Of(string path)
    {
        path = Path.GetFullPath(path);
        if (FileStatus.Of(path) is { } status)
            return status.Kind == FileKind.Other ? null : status.Identity;

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

    /// <summary>The identity where the system tells none: the path itself.</summary>
    /// <param name="path">The full path.</param>
    public static FileIdentity OfName(string path) => new(0, 0, Fold(path));

    /// <summary>Letters are compared as the platform's usual file system does.</summary>
    private static string Fold(string name) => OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? name.ToUpperInvariant() : name;
}
