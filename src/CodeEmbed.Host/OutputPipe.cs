using System.Runtime.InteropServices;

namespace CodeEmbed.Host;

/// <summary>Standard output where it is a pipe.</summary>
internal static partial class OutputPipe
{
    private const int StandardOutput = 1;
    private const short ReaderIsGone = 0x8 | 0x10;

    /// <summary>
    ///   Whether the reader of the pipe has gone away, as <c>head</c> does when it has enough. .NET's console drops what is written then, and
    ///   says nothing. On Windows it is not known.
    /// </summary>
    internal static bool IsClosed
    {
        get
        {
            if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
                return false;

            var output = new PollDescriptor { Descriptor = StandardOutput };
            return Poll(ref output, 1, timeout: 0) > 0 && (output.Events & ReaderIsGone) != 0;
        }
    }

    // POSIX: POLLERR is 8 and POLLHUP 16, and both are told unasked.
    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Asked;
        public short Events;
    }
}
