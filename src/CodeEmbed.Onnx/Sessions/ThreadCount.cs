namespace CodeEmbed.Onnx.Sessions;

/// <summary>The number of threads that embed.</summary>
internal static class ThreadCount
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>The number of threads.</summary>
    /// <param name="requested">The number that the user asked for, if any.</param>
    public static int For(int? requested) => Math.Min(requested ?? PhysicalCores(), Environment.ProcessorCount);

    /// <summary>
    ///   The machine's cores, if the platform reports them, or else its processors. Two threads on one core share the units that
    ///   multiply, so they are not faster than one.
    /// </summary>
    private static int PhysicalCores()
    {
        if (!Directory.Exists(Topology))
            return Environment.ProcessorCount;

        int cores = Directory.EnumerateDirectories(Topology, "cpu*")
            .Select(folder => Path.Combine(folder, "topology", "thread_siblings_list"))
            .Where(File.Exists).Select(File.ReadAllText).Distinct().Count();
        return cores > 0 ? cores : Environment.ProcessorCount;
    }
}
