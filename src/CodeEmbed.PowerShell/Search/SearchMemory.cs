using System.Globalization;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Search;

/// <summary>Keeps the vectors that were searched, for the next question of this process.</summary>
internal static class SearchMemory
{
    private const string Variable = "CODEEMBED_SEARCH_MEMORY";
    private const int Megabyte = 1024 * 1024;

    /// <summary>As many as 170,000 vectors of 768 dimensions.</summary>
    private const int DefaultMegabytes = 512;

    /// <summary>How many mebibytes are kept at most: as the environment says, or 512.</summary>
    public static int Megabytes { get; } = ReadLimit();

    /// <summary>The cached vectors.</summary>
    public static VectorCache Cache { get; } = new((long)Megabytes * Megabyte);

    private static int ReadLimit()
    {
        string? value = Environment.GetEnvironmentVariable(Variable);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int megabytes)
            ? megabytes
            : DefaultMegabytes;
    }
}
