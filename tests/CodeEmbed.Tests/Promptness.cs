using Xunit;

namespace CodeEmbed.Tests;

/// <summary>Checks how long something took, where that is what a test is about.</summary>
internal static class Promptness
{
    /// <summary>
    /// Fails when it took longer than it may on a machine with nothing else to do. Where it took longer, the load of the machine
    /// is measured, and the limit grows by it.
    /// </summary>
    public static void Check(TimeSpan took, TimeSpan most)
    {
        if (took <= most)
            return;

        double slowness = Slowness.Measure();
        Assert.True(
            took <= most * slowness,
            $"It took {took}, and may take {most} on an idle machine; this one is {slowness:0.0} times as slow.");
    }

    /// <summary>The same, for what must also take a while.</summary>
    public static void Check(TimeSpan took, TimeSpan least, TimeSpan most)
    {
        Assert.True(took >= least, $"It took {took}, and must take {least}.");
        Check(took, most);
    }
}
