using System.Reflection;

namespace CodeEmbed.PesterTests;

/// <summary>Values from the build.</summary>
internal static class Build
{
    /// <summary>The folder of the checkout.</summary>
    public static string Root { get; } = Metadata("Root");

    /// <summary>The folder of the Pester files.</summary>
    public static string Tests { get; } = Path.Combine(Root, "tests", "Pester");

    /// <summary>The script that runs Pester files and reports the results.</summary>
    public static string Script { get; } = Path.Combine(Tests, "Run.ps1");

    /// <summary>The assembly of PowerShell.</summary>
    public static string Pwsh { get; } = Metadata("Pwsh");

    /// <summary>Pester's manifest.</summary>
    public static string Pester { get; } = Metadata("Pester");

    private static string Metadata(string key) => typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
