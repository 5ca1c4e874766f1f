namespace CodeEmbed.Onnx.Sessions;

/// <summary>How many threads embed.</summary>
internal static class ThreadCount
{
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>The number of threads.</summary>
    /// <param name="requested">What the user asked for, if anything.</param>
    public static int For(int? requested) => Math.Min(requested ?? PhysicalCores(), Environment.ProcessorCount);

    /// <summary>
    ///   The cores of the machine, where the platform tells; else its processors. Two threads of one core share what multiplies,
    ///   so they are no quicker than one.
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
