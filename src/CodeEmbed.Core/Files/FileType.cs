using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Files;

/// <summary>What a name leads to: a regular file, or something else that can be opened like one.</summary>
/// <remarks>
///   .NET does not say it. On Linux <c>statx</c> does, whose result has the same layout on every processor; on macOS <c>stat</c>.
///   Elsewhere everything counts as a regular file: Windows has no pipes and devices among the files of a folder.
/// </remarks>
internal static unsafe partial class FileType
{
    /// <summary>
    ///   The bits of a mode that say what a file is, and their values, from sys/stat.h: the same on Linux and macOS.
    /// </summary>
    private const int TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000, Pipe = 0x1000, Socket = 0xC000;

    private const int CharacterDevice = 0x2000, BlockDevice = 0x6000;

    /// <summary>From Linux's fcntl.h and linux/stat.h.</summary>
    private const int CurrentFolder = -100, EmptyPath = 0x1000, TypeWanted = 1;

    /// <summary>Where statx puts the mode, and stat on macOS; more room than either needs.</summary>
    private const int LinuxModeOffset = 28, MacModeOffset = 4, ResultSize = 512;

    private const int NotFound = 2, NotAllowed = 13;

    /// <summary>Opens a regular file for reading; links are followed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refuse">
    ///   Makes the exception for anything but a regular file; its kind is passed with its article: <c>a named pipe</c>.
    /// </param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenRegular(string path, Func<string, Exception> refuse)
    {
        // The first look is at the name, so that nothing else is opened; the second at what was opened, as the name may lead
        // elsewhere by then.
        if ((Directory.Exists(path) ? "a folder" : Of(path)) is { } type)
            throw refuse(type);

        SafeFileHandle handle = OpenWithoutWaiting(path);
        if (Of(handle) is { } opened)
        {
            handle.Dispose();
            throw refuse(opened);
        }

        return handle;
    }

    /// <summary>
    ///   What is at a path, links followed, as messages call it; <see langword="null"/> for a regular file, or if
    ///   it is not known.
    /// </summary>
    public static string? Of(string path)
    {
        byte* result = stackalloc byte[ResultSize];
        if (OperatingSystem.IsLinux())
            return StatX(CurrentFolder, path, 0, TypeWanted, result) == 0 ? Describe(result, LinuxModeOffset) : null;

        return OperatingSystem.IsMacOS() && Stat(path, result) == 0 ? Describe(result, MacModeOffset) : null;
    }

    /// <summary>
    ///   What was opened, as messages call it; <see langword="null"/> for a regular file, or if it is not known.
    /// </summary>
    public static string? Of(SafeFileHandle handle)
    {
        byte* result = stackalloc byte[ResultSize];
        if (OperatingSystem.IsLinux())
        {
            return StatX((int)handle.DangerousGetHandle(), string.Empty, EmptyPath, TypeWanted, result) == 0
                ? Describe(result, LinuxModeOffset)
                : null;
        }

        return OperatingSystem.IsMacOS() && FStat((int)handle.DangerousGetHandle(), result) == 0
            ? Describe(result, MacModeOffset)
            : null;
    }

    /// <summary>Opens a file for reading and never waits for a writer, as opening a named pipe does.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    private static SafeFileHandle OpenWithoutWaiting(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return OpenElsewhere(path);

        // O_RDONLY with O_NONBLOCK and O_CLOEXEC. A regular file is read as always.
        int flags = OperatingSystem.IsLinux() ? 0x800 | 0x80000 : 0x4 | 0x1000000;
        int descriptor = Open(path, flags);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);

        int error = Marshal.GetLastPInvokeError();
        throw error switch
        {
            NotFound => Missing(path),
            NotAllowed => Forbidden(path),
            _ => new IOException($"'{path}' cannot be opened: {new Win32Exception(error).Message}."),
        };
    }

    private static SafeFileHandle OpenElsewhere(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw Forbidden(path);
        }
    }

    private static FileNotFoundException Missing(string path) =>
        new($"{Path.GetFileName(path)} is missing, or a link that leads nowhere: '{path}'.", path);

    private static UnauthorizedAccessException Forbidden(string path) =>
        new($"'{path}' may not be read. Check its permissions.");

    private static string? Describe(byte* result, int modeOffset) =>
        (BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(result + modeOffset, sizeof(ushort))) & TypeMask) switch
        {
            Regular => null,
            Folder => "a folder",
            Pipe => "a named pipe",
            Socket => "a socket",
            CharacterDevice or BlockDevice => "a device",
            _ => "something else",
        };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, byte* result);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int FStat(int descriptor, byte* result);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
