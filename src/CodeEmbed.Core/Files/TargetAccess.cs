using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>
///   Ensures that files next to a target, kept while it is made, are readable only by those who may read the target.
/// </summary>
internal static class TargetAccess
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfGroup = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    /// <summary>
    ///   Opens a file next to the target, only for those who may use the target. If there is no target yet, the file has
    ///   the rights of any new file.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether the file must be new, or may exist.</param>
    public static FileStream OpenBeside(string target, string path, FileMode mode)
    {
        bool exists = File.Exists(target);
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (exists && !OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;

        FileStream file = Open(path, options);
        try
        {
            if (!exists)
                return file;

            if (OperatingSystem.IsWindows())
                ShareOnWindows(target, path);
            else
                SetMode(file.SafeFileHandle, KeepOwner(target, file.SafeFileHandle, path) | OwnerOnly);

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives a file the target's owner, group, access list and mode, before it replaces the target.</summary>
    /// <remarks>Not for Windows, where replacing a file keeps its access list.</remarks>
    /// <param name="target">The target.</param>
    /// <param name="file">The file, open.</param>
    /// <param name="path">The file's path.</param>
    [UnsupportedOSPlatform("windows")]
    public static void Give(string target, SafeFileHandle file, string path) =>
        SetMode(file, KeepOwner(target, file, path));

    private static FileStream Open(string path, FileStreamOptions options)
    {
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (HeldFile.IsSaidBy(e))
        {
            throw HeldFile.Describe(path, e);
        }
    }

    /// <summary>Gives a file the target's owner, group and access list, as far as the system allows it.</summary>
    /// <returns>The mode that the file may then have.</returns>
    [UnsupportedOSPlatform("windows")]
    private static UnixFileMode KeepOwner(string target, SafeFileHandle file, string path)
    {
        UnixFileMode mode = File.GetUnixFileMode(target);
        if (!OperatingSystem.IsLinux() || FileStatus.Of(target) is not { } wanted)
            return mode;

        FileStatus now = FileStatus.Of(file, path);
        bool kept = (now.Owner == wanted.Owner && now.Group == wanted.Group)
            || LinuxFile.TryGive(file, wanted.Owner, wanted.Group);

        // If the file has another group, or lost the access list, the group's part of the mode would let others in.
        return LinuxFile.TryCopyAccessList(target, file) && kept ? mode : mode & ~OfGroup;
    }

    [UnsupportedOSPlatform("windows")]
    private static void SetMode(SafeFileHandle file, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(file) != mode)
            File.SetUnixFileMode(file, mode);
    }

    /// <summary>
    ///   Copies the target's access list if it has its own; entries inherited from the folder apply to the file too.
    /// </summary>
    [SupportedOSPlatform("windows")]
    private static void ShareOnWindows(string target, string path)
    {
        FileSecurity security = new FileInfo(target).GetAccessControl(AccessControlSections.Access);
        bool hasOwn = security.AreAccessRulesProtected
            || security.GetAccessRules(includeExplicit: true, includeInherited: false, typeof(SecurityIdentifier)).Count > 0;
        if (!hasOwn)
            return;

        var copy = new FileSecurity();
        copy.SetSecurityDescriptorBinaryForm(security.GetSecurityDescriptorBinaryForm(), AccessControlSections.Access);
        new FileInfo(path).SetAccessControl(copy);
    }
}
