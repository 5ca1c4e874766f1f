using System.Reflection;

namespace CodeEmbed.RealModelTests;

/// <summary>Values from the build.</summary>
internal static class Build
{
    /// <summary>The folder of the checkout.</summary>
    public static string Root { get; } = Metadata("Root");

    /// <summary>Whether the packages with the models were downloaded.</summary>
    public static bool HasRealModels { get; } = Metadata("RealModels") == "true";

    /// <summary>The folder with the results of transformers for the models.</summary>
    public static string Fixtures { get; } = Path.Combine(Root, "tests", "CodeEmbed.RealModelTests", "Fixtures");

    /// <summary>The input texts, one JSON string per line.</summary>
    public static string Texts { get; } = Path.Combine(Root, "tests", "CodeEmbed.Tests", "Fixtures", "texts.jsonl");

    /// <summary>The assembly that contains a model.</summary>
    /// <param name="package">The package's name.</param>
    public static string Assembly(string package)
    {
        string folder = Path.Combine(Metadata("Packages"), package.ToLowerInvariant(), Metadata("RealModelsVersion"));
        return Path.Combine(folder, "lib", "netstandard2.1", $"{package}.dll");
    }

    private static string Metadata(string key) => typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
