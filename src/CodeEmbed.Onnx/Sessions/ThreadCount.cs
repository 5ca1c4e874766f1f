using System.Globalization;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>How many threads a run uses.</summary>
internal static class ThreadCount
{
    /// <summary>Lets ONNX Runtime choose.</summary>
    private const int OnnxRuntimesChoice = 0;

    /// <summary>What to tell ONNX Runtime.</summary>
    /// <param name="requested">What the user asked for, if anything.</param>
    public static int For(int? requested)
    {
        if (requested is { } threads)
            return Math.Min(threads, Environment.ProcessorCount);

        // ONNX Runtime counts the machine's cores, also in a container that may use only a few of them.
        return Environment.ProcessorCount < MachineProcessors() ? Environment.ProcessorCount : OnnxRuntimesChoice;
    }

    /// <summary>The processors of the machine, where the platform tells; else those of the process.</summary>
    private static int MachineProcessors()
    {
        const string processors = "/sys/devices/system/cpu";
        return Directory.Exists(processors)
            ? Directory.EnumerateDirectories(processors, "cpu*").Count(path => int.TryParse(Path.GetFileName(path).AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            : Environment.ProcessorCount;
    }
}
