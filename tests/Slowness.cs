namespace CodeEmbed.Tests;

/// <summary>
/// How much slower this machine is than it would be without its other load. Both the xUnit and the Pester tests use this file.
/// Pester's tests compile it separately, hence the full names.
/// </summary>
public static class Slowness
{
    private static readonly System.TimeSpan Length = System.TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Runs small pieces of equal work on every core for half a second. The shortest one had a core to itself. The mean divided
    /// by it is how much longer all work takes now: 1 if nothing else runs.
    /// </summary>
    public static double Measure()
    {
        byte[] work = new byte[64 * 1024];
        long shortest = long.MaxValue, total = 0, pieces = 0;
        object together = new();
        var threads = new System.Threading.Thread[System.Environment.ProcessorCount];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new System.Threading.Thread(Work);
            threads[i].Start();
        }

        foreach (System.Threading.Thread thread in threads)
            thread.Join();

        return (double)total / pieces / shortest;

        void Work()
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp(), last = start, least = long.MaxValue, count = 0;
            while (System.Diagnostics.Stopwatch.GetElapsedTime(start) < Length)
            {
                System.Security.Cryptography.SHA256.HashData(work);
                long now = System.Diagnostics.Stopwatch.GetTimestamp();
                least = System.Math.Min(least, now - last);
                last = now;
                count++;
            }

            lock (together)
            {
                shortest = System.Math.Min(shortest, least);
                total += last - start;
                pieces += count;
            }
        }
    }
}
