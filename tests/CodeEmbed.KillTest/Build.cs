using System.Reflection;

namespace CodeEmbed.KillTest;

/// <summary>Values from the build.</summary>
internal static class Build
{
    /// <summary>The host's assembly.</summary>
    public static string Host { get; } = Metadata("Host");

    /// <summary>The folder of the model.</summary>
    public static string Model { get; } = Metadata("Model");

    /// <summary>This program's assembly.</summary>
    public static string Self { get; } = typeof(Build).Assembly.Location;

    private static string Metadata(string key) => typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
