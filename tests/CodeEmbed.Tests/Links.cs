using Xunit;

namespace CodeEmbed.Tests;

/// <summary>Symbolic links, which require a privilege on Windows.</summary>
internal static class Links
{
    private static readonly Lazy<bool> Made = new(TryMake);

    /// <summary>Whether this system can create them.</summary>
    public static bool AreMade => Made.Value;

    /// <summary>Skips a test if this system cannot create links.</summary>
    public static void Require() => Assert.SkipUnless(AreMade, "This user cannot create symbolic links on this system.");

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
