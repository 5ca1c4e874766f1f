using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>What the system knows about a file.</summary>
/// <param name="Kind">The kind of the file.</param>
/// <param name="Identity">Which file it is.</param>
/// <param name="Owner">Its owner, on Linux.</param>
/// <param name="Group">Its group, on Linux.</param>
internal readonly record struct FileStatus(FileKind Kind, FileIdentity Identity, uint Owner = 0, uint Group = 0)
{
    /// <summary>
    ///   Looks at what a path leads to; <see langword="null"/> if there is nothing, also at the end of a link.
    /// </summary>
    /// <param name="path">The full path.</param>
    /// <param name="followLinks">Whether a symbolic link counts as the file that it leads to.</param>
    public static FileStatus? Of(string path, bool followLinks = true)
    {
        FileStatus? found = OperatingSystem.IsLinux() ? LinuxFile.Look(path, followLinks)
            : OperatingSystem.IsWindows() ? WindowsFile.Look(path, followLinks)
            : null;
        return found ?? ByName(path, followLinks);
    }

    /// <summary>Looks at an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">The path that it was opened by.</param>
    public static FileStatus Of(SafeFileHandle file, string path)
    {
        FileStatus? found = OperatingSystem.IsLinux() ? LinuxFile.Look(file)
            : OperatingSystem.IsWindows() ? WindowsFile.Look(file, path)
            : null;
        return found ?? new FileStatus(FileKind.Regular, FileIdentity.OfName(Path.GetFullPath(path)));
    }

    /// <summary>
    ///   Whether a path leads, without a symbolic link, to an open file: it was neither deleted nor replaced.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="file">The file.</param>
    public static bool LeadsTo(string path, SafeFileHandle file) =>
        Of(path, followLinks: false) is { Kind: not FileKind.Link } status && status.Identity == Of(file, path).Identity;

    /// <summary>What .NET knows, if the system itself was not asked or gave no answer.</summary>
    private static FileStatus? ByName(string path, bool followLinks)
    {
        FileSystemInfo file = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!file.Exists)
            return null;

        if (file.LinkTarget is not null)
        {
            if (!followLinks)
                return new FileStatus(FileKind.Link, FileIdentity.OfName(path));

            // A link counts as a file that exists, even if it leads to nothing.
            file = file.ResolveLinkTarget(returnFinalTarget: true)!;
            if (!file.Exists)
                return null;
        }

        return new FileStatus(file is DirectoryInfo ? FileKind.Folder : FileKind.Regular, FileIdentity.OfName(file.FullName));
    }
}

/// <summary>The kinds of things that a path leads to.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link that was not followed.</summary>
    Link,

    /// <summary>A device, a pipe or a socket: nothing that keeps what is written to it.</summary>
    Other,
}
