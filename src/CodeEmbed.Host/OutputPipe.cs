using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Text;

namespace CodeEmbed.Host;

/// <summary>
///   Standard output if it is a pipe. When its reader has gone away, as <c>head</c> does when it has enough, writing stops the
///   run: .NET's console would silently drop the text written then. Not for Windows, which has no poll.
/// </summary>
internal sealed partial class OutputPipe(TextWriter output) : TextWriter
{
    private const int StandardOutput = 1;
    private const short ReaderIsGone = 0x8 | 0x10;

    /// <inheritdoc/>
    public override Encoding Encoding => output.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Open().Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => Open().Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Open().Write(buffer, index, count);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Open().Write(buffer);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Open().WriteLine(value);

    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<char> buffer) => Open().WriteLine(buffer);

    /// <inheritdoc/>
    public override void Flush() => output.Flush();

    private TextWriter Open()
    {
        var descriptor = new PollDescriptor { Descriptor = StandardOutput };
        if (Poll(ref descriptor, 1, timeout: 0) <= 0 || (descriptor.Events & ReaderIsGone) == 0)
            return output;

        RunResult.OutputClosed = true;
        throw new PipelineStoppedException();
    }

    // POSIX: POLLERR (8) and POLLHUP (16) are reported without being asked for.
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
