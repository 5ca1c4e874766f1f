using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>What .NET does not ask Windows for: which file a path leads to.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsFile
{
    private const uint ShareAll = 7, OpenExisting = 3, FoldersToo = 0x02000000, TheLinkItself = 0x00200000;
    private const int FileIdInfo = 18, FileIdInfoLength = 24;

    /// <summary>Looks at what a path leads to; <see langword="null"/> where there is nothing, or it cannot be told.</summary>
    public static FileStatus? Look(string path, bool followLinks)
    {
        // Asks for no access, so that a file that another program has locked can be looked at too.
        uint flags = FoldersToo | (followLinks ? 0 : TheLinkItself);
        using SafeFileHandle file = CreateFile(path, 0, ShareAll, 0, OpenExisting, flags, 0);
        return file.IsInvalid ? null : Look(file, path);
    }

    /// <summary>Looks at an open file; <see langword="null"/> where it cannot be told.</summary>
    public static unsafe FileStatus? Look(SafeFileHandle file, string path)
    {
        byte* id = stackalloc byte[FileIdInfoLength];
        if (!GetFileInformationByHandleEx(file, FileIdInfo, id, FileIdInfoLength))
            return null;

        var read = new ReadOnlySpan<byte>(id, FileIdInfoLength);
        FileAttributes attributes = File.GetAttributes(file);
        FileKind kind = path.StartsWith(@"\\.\", StringComparison.Ordinal) ? FileKind.Other
            : attributes.HasFlag(FileAttributes.ReparsePoint) && new FileInfo(path).LinkTarget is not null ? FileKind.Link
            : attributes.HasFlag(FileAttributes.Directory) ? FileKind.Folder
            : FileKind.Regular;
        return new FileStatus(kind, new FileIdentity(MemoryMarshal.Read<ulong>(read), MemoryMarshal.Read<UInt128>(read[8..])));
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint mode, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandleEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetFileInformationByHandleEx(
        SafeFileHandle file, int kind, byte* information, uint length);
}
