using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>System calls that .NET does not make on Windows: which file a path leads to.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsFile
{
    private const uint ShareAll = 7, OpenExisting = 3, FoldersToo = 0x02000000, TheLinkItself = 0x00200000;
    private const uint OnDisk = 1;
    private const int ShortPathLimit = 260;
    private const int FileIdInfo = 18, FileIdInfoLength = 24;
    private const string OfDevices = @"\\.\", OfPipes = @"pipe\", OfShares = @"\\", Unlimited = @"\\?\";

    /// <summary>A device or a pipe: it keeps nothing, so it does not matter which one it is.</summary>
    private static readonly FileStatus Nameless = new(FileKind.Other, default);

    /// <summary>Looks at what a path leads to; <see langword="null"/> if there is nothing, or it cannot be found out.</summary>
    public static FileStatus? Look(string path, bool followLinks)
    {
        // Opening a pipe would take the reader's place, and a device may not be ready.
        if (IsDeviceOrPipe(path))
            return Nameless;

        // No access is asked for, so this works on a file that another program has open exclusively.
        uint flags = FoldersToo | (followLinks ? 0 : TheLinkItself);
        using SafeFileHandle file = CreateFile(WithoutLimit(path), 0, ShareAll, 0, OpenExisting, flags, 0);
        return file.IsInvalid ? null : Look(file, path);
    }

    /// <summary>Looks at an open file; <see langword="null"/> if it cannot be found out.</summary>
    public static unsafe FileStatus? Look(SafeFileHandle file, string path)
    {
        if (GetFileType(file) != OnDisk)
            return Nameless;

        byte* id = stackalloc byte[FileIdInfoLength];
        if (!GetFileInformationByHandleEx(file, FileIdInfo, id, FileIdInfoLength))
            return null;

        var read = new ReadOnlySpan<byte>(id, FileIdInfoLength);
        FileAttributes attributes = File.GetAttributes(file);
        FileKind kind = attributes.HasFlag(FileAttributes.ReparsePoint)
            && new FileInfo(path).LinkTarget is not null ? FileKind.Link
            : attributes.HasFlag(FileAttributes.Directory) ? FileKind.Folder
            : FileKind.Regular;
        return new FileStatus(kind, new FileIdentity(MemoryMarshal.Read<ulong>(read), MemoryMarshal.Read<UInt128>(read[8..])));
    }

    /// <summary>
    ///   Whether a full path, which Windows makes from <c>NUL</c> too, is that of a device or a pipe.
    ///   <c>\\.\C:\folder\file</c> is
    ///   that of a file.
    /// </summary>
    private static bool IsDeviceOrPipe(string path)
    {
        if (!path.StartsWith(OfDevices, StringComparison.Ordinal))
            return false;

        ReadOnlySpan<char> name = path.AsSpan(OfDevices.Length);
        return !name.Contains('\\') || name.StartsWith(OfPipes, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The path in the form that may have more than 260 characters, as .NET gives it to Windows.</summary>
    private static string WithoutLimit(string path)
    {
        if (
            path.Length < ShortPathLimit || path.StartsWith(Unlimited, StringComparison.Ordinal) || path.StartsWith(
                OfDevices, StringComparison.Ordinal))
            return path;

        return Unlimited + (path.StartsWith(OfShares, StringComparison.Ordinal) ? @"UNC\" + path[OfShares.Length..] : path);
    }

    [LibraryImport("kernel32")]
    private static partial uint GetFileType(SafeFileHandle file);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint mode, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandleEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetFileInformationByHandleEx(
        SafeFileHandle file, int kind, byte* information, uint length);
}
