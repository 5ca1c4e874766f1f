using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>System calls that .NET does not make on Linux: which file a path leads to, and who may use the file.</summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxFile
{
    private const int NoFolder = -100, DoNotFollow = 0x100, OfDescriptor = 0x1000;

    /// <summary>The bits of a mask for type, mode, owner, group and inode.</summary>
    private const uint Wanted = 0x1 | 0x2 | 0x8 | 0x10 | 0x100;

    private const int StatusLength = 256;
    private const string AccessList = "system.posix_acl_access";

    /// <summary>Looks at what a path leads to; <see langword="null"/> if there is nothing, or it cannot be found out.</summary>
    public static unsafe FileStatus? Look(string path, bool followLinks)
    {
        byte* status = stackalloc byte[StatusLength];
        return StatX(NoFolder, path, followLinks ? 0 : DoNotFollow, Wanted, status) == 0
            ? Read(new ReadOnlySpan<byte>(status, StatusLength))
            : null;
    }

    /// <summary>Looks at an open file; <see langword="null"/> if it cannot be found out.</summary>
    public static unsafe FileStatus? Look(SafeFileHandle file)
    {
        byte* status = stackalloc byte[StatusLength];
        return StatX(file, string.Empty, OfDescriptor, Wanted, status) == 0
            ? Read(new ReadOnlySpan<byte>(status, StatusLength))
            : null;
    }

    /// <summary>Gives a file an owner and a group, or only the group if this user cannot change the owner.</summary>
    /// <returns>Whether it has the group.</returns>
    public static bool TryGive(SafeFileHandle file, uint owner, uint group) =>
        FChOwn(file, owner, group) == 0 || FChOwn(file, uint.MaxValue, group) == 0;

    /// <summary>Gives a file the access list of another one, or removes its list if the other one has none.</summary>
    /// <returns>Whether the file's list is now that of the other one.</returns>
    public static unsafe bool TryCopyAccessList(string from, SafeFileHandle to)
    {
        // The longest value that Linux keeps.
        byte[] list = new byte[64 * 1024];
        fixed (byte* value = list)
        {
            nint length = GetXAttr(from, AccessList, value, list.Length);
            if (length >= 0)
                return FSetXAttr(to, AccessList, value, length, 0) == 0;
        }

        // This fails if there is no list to remove, which is not an error.
        _ = FRemoveXAttr(to, AccessList);
        return true;
    }

    /// <summary>Reads the kernel's struct statx, which is the same for every processor.</summary>
    private static FileStatus Read(ReadOnlySpan<byte> status)
    {
        FileKind kind = (MemoryMarshal.Read<ushort>(status[28..]) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Other,
        };
        ulong device = ((ulong)ReadNumber(status, 136) << 32) | ReadNumber(status, 140);
        var identity = new FileIdentity(device, MemoryMarshal.Read<ulong>(status[32..]));
        return new FileStatus(kind, identity, Owner: ReadNumber(status, 20), Group: ReadNumber(status, 24));
    }

    private static uint ReadNumber(ReadOnlySpan<byte> status, int offset) => MemoryMarshal.Read<uint>(status[offset..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(nint folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(SafeFileHandle file, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "fchown")]
    private static partial int FChOwn(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint GetXAttr(string path, string name, byte* value, nint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int FSetXAttr(SafeFileHandle file, string name, byte* value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "fremovexattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FRemoveXAttr(SafeFileHandle file, string name);
}
