using Xunit;

namespace CodeEmbed.Tests;

/// <summary>Symbolic links, which Windows makes only for those who have the right to.</summary>
internal static class Links
{
    private static readonly Lazy<bool> Made = new(TryMake);

    /// <summary>Whether this system makes them.</summary>
    public static bool AreMade => Made.Value;

    /// <summary>Leaves a test out where this system makes no links.</summary>
    public static void Require() => Assert.SkipUnless(AreMade, "This system makes no symbolic links for this user.");

    private static bool TryMake()
    {
        using var folder = new TemporaryFolder();
        string link = folder.File("link");
        File.WriteAllText(folder.File("file"), "x");
        try
        {
            File.CreateSymbolicLink(link, "file");
            return File.ReadAllText(link) == "x";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
