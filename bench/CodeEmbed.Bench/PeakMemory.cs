using System.Diagnostics;
using System.Globalization;

namespace CodeEmbed.Bench;

/// <summary>The peak memory of this process.</summary>
internal static class PeakMemory
{
    /// <summary>In bytes; on Linux the kernel's VmHWM, including mapped files.</summary>
    public static long Read()
    {
        const string status = "/proc/self/status", name = "VmHWM:";
        if (!File.Exists(status))
            return Process.GetCurrentProcess().PeakWorkingSet64;

        string line = File.ReadLines(status).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(
            line.AsSpan(name.Length, line.Length - name.Length - "kB".Length).Trim(), CultureInfo.InvariantCulture);
    }
}
