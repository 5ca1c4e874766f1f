using System.Globalization;
using System.Reflection;

namespace CodeEmbed.Tests.Hostile;

/// <summary>
///   How the cases are made that a run has, from the variables that tests/fuzz.sh sets; without them, a short run.
/// </summary>
internal static class FuzzSettings
{
    /// <summary>The seed of every run that is given none.</summary>
    private const int StandardSeed = 20261122;

    private const string Prefix = "CODEEMBED_FUZZ_";

    /// <summary>The seed.</summary>
    public static int Seed { get; } = Read("SEED") is { } seed ? int.Parse(seed, CultureInfo.InvariantCulture) : StandardSeed;

    /// <summary>
    ///   How long each area continues; <see langword="null"/> for its short run. All areas together share the minutes that are
    ///   given.
    /// </summary>
    public static TimeSpan? TimePerArea { get; } = Read("MINUTES") is { } minutes
        ? TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture)) / CountAreas()
        : null;

    /// <summary>The one case to run, as its area and its number; <see langword="null"/> for all.</summary>
    public static (string Area, int Number)? OnlyCase { get; } = Read("CASE")?.Split(':') is [var area, var number]
        ? (area, int.Parse(number, CultureInfo.InvariantCulture))
        : null;

    /// <summary>The file that a long run adds its results to; <see langword="null"/> for none.</summary>
    public static string? Report { get; } = Read("REPORT");

    private static string? Read(string name) =>
        Environment.GetEnvironmentVariable(Prefix + name) is { Length: > 0 } value ? value : null;

    private static int CountAreas() => typeof(FuzzSettings).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods()).Count(method => method.GetCustomAttribute<FuzzAttribute>() is not null);
}
