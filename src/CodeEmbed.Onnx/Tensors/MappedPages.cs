using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>Manages the pages of mapped files that are in memory.</summary>
internal static unsafe partial class MappedPages
{
    /// <summary>MADV_DONTNEED in sys/mman.h: the same number on Linux and macOS.</summary>
    private const int DontNeed = 4;

    /// <summary>
    ///   Tells the system that a range of a file that is mapped for reading is not needed for now, so that it does not count as
    ///   this process's memory. Later reads return the same bytes, from the file. Does nothing on Windows, which has no such call
    ///   for mapped files.
    /// </summary>
    /// <param name="address">The start of the range.</param>
    /// <param name="length">Its length; only whole pages in it are released.</param>
    public static void Release(nint address, long length)
    {
        if (OperatingSystem.IsWindows())
            return;

        long page = Environment.SystemPageSize;
        long start = (address + page - 1) / page * page, end = (address + length) / page * page;
        if (end > start)
            _ = Advise((void*)start, (nuint)(end - start), DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
