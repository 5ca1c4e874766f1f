using System.Globalization;
using System.Reflection;

namespace CodeEmbed.Tests.Hostile;

/// <summary>
///   The settings of a run, from the variables that tests/fuzz.sh sets; without them, a short run.
/// </summary>
internal static class FuzzSettings
{
    /// <summary>The default seed.</summary>
    private const int StandardSeed = 20261122;

    private const string Prefix = "CODEEMBED_FUZZ_";

    /// <summary>The seed.</summary>
    public static int Seed { get; } = Read("SEED") is { } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : StandardSeed;

    /// <summary>
    ///   The duration of each area; <see langword="null"/> for its short run. All areas together share the given minutes.
    /// </summary>
    public static TimeSpan? TimePerArea { get; } = Read("MINUTES") is { } minutes
        ? TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)) / CountAreas()
        : null;

    /// <summary>The one case to run, as its area and its number; <see langword="null"/> for all.</summary>
    public static (string Area, int Number)? OnlyCase { get; } = Read("CASE")?.Split(':') is [var area, var number]
        ? (area, int.Parse(number, CultureInfo.InvariantCulture))
        : null;

    /// <summary>The file that a long run appends its results to; <see langword="null"/> for none.</summary>
    public static string? Report { get; } = Read("REPORT");

    private static string? Read(string name) =>
        Environment.GetEnvironmentVariable(Prefix + name) is { Length: > 0 } value ? value : null;

    private static int CountAreas() => typeof(FuzzSettings).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods()).Count(method => method.GetCustomAttribute<FuzzAttribute>() is not null);
}
