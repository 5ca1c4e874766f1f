using Xunit;

namespace CodeEmbed.Tests;

/// <summary>Checks how long something took, for tests about that.</summary>
internal static class Promptness
{
    /// <summary>
    /// Fails if it took longer than allowed on an idle machine. If it took longer, the load of the machine is measured, and the
    /// limit is extended accordingly.
    /// </summary>
    public static void Check(TimeSpan took, TimeSpan most)
    {
        if (took <= most)
            return;

        double slowness = Slowness.Measure();
        Assert.True(
            took <= most * slowness,
            $"It took {took}, and may take {most} on an idle machine; this one is {slowness:0.0} times slower.");
    }

    /// <summary>The same, with a minimum duration.</summary>
    public static void Check(TimeSpan took, TimeSpan least, TimeSpan most)
    {
        Assert.True(took >= least, $"It took {took}, and must take {least}.");
        Check(took, most);
    }
}
