using System.Text.Json;

namespace CodeEmbed.PowerShell.Models;

/// <summary>
///   Well-known models, from KnownModels.json, from which the table in docs/models.md is made too.
/// </summary>
internal static class KnownModels
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    private static readonly Lazy<IReadOnlyList<KnownModel>> Models = new(() =>
    {
        using Stream stream = typeof(KnownModels).Assembly.GetManifestResourceStream("KnownModels.json")!;
        return Read(stream);
    });

    /// <summary>All of them, in the order of the table.</summary>
    public static IReadOnlyList<KnownModel> All => Models.Value;

    /// <summary>The description of a model's name when a command line is completed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="place">Where the model is.</param>
    public static string Describe(string name, string place) =>
        All.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known
            ? $"{name}, {place}: {known.Summary}"
            : $"{name}, {place}";

    /// <summary>Reads the file.</summary>
    public static IReadOnlyList<KnownModel> Read(Stream stream) => JsonSerializer.Deserialize<KnownModel[]>(stream, Options)!;
}

/// <summary>What is known about a model. Unknown values are <see langword="null"/>.</summary>
internal sealed record KnownModel
{
    /// <summary>The end of a value that was not verified.</summary>
    public const string Unverified = " ?";

    /// <summary>The value of <see cref="Check"/> if the tests run the model itself.</summary>
    public const string Weights = "weights";

    /// <summary>The value of <see cref="Check"/> if the tests run small models of its kind.</summary>
    public const string Kind = "kind";

    /// <summary>What to give to -Model.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>model_type</c> in its config.json.</summary>
    public required string ModelType { get; init; }

    /// <summary>How many parameters it has, such as "109 M".</summary>
    public string? Parameters { get; init; }

    /// <summary>The length of its vectors.</summary>
    public string? Dimensions { get; init; }

    /// <summary>How many tokens it sees at most.</summary>
    public string? Tokens { get; init; }

    /// <summary>Its licence, by its SPDX identifier.</summary>
    public string? Licence { get; init; }

    /// <summary>What to put before a query; <see langword="null"/> for nothing.</summary>
    public string? QueryPrompt { get; init; }

    /// <summary>What to put before searched texts; <see langword="null"/> for nothing.</summary>
    public string? DocumentPrompt { get; init; }

    /// <summary>How it was verified that it runs: <see cref="Weights"/> or <see cref="Kind"/>.</summary>
    public required string Check { get; init; }

    /// <summary>What it is good for.</summary>
    public required string Use { get; init; }

    /// <summary>Whether it is on the Hub, and does not come with the module.</summary>
    public bool IsOnHub => Name.Contains('/');

    /// <summary>Its description when a command line is completed.</summary>
    public string Summary
    {
        get
        {
            string?[] facts =
            [
                ModelType,
                Describe(Parameters, value => $"{value} parameters"),
                Describe(Dimensions, value => $"{value} dimensions"),
                Describe(Tokens, value => $"{value} tokens"),
                Describe(Licence, value => $"licence {value}"),
                Describe(OnOneLine(QueryPrompt), value => $"'{value}' before a query"),
                Describe(OnOneLine(DocumentPrompt), value => $"'{value}' before searched texts"),
            ];
            return $"{Use}; {string.Join(", ", facts.Where(fact => fact is not null))}. "
                + (Check == Weights
                    ? "The tests of CodeEmbed run it."
                    : "The tests of CodeEmbed run small models of its kind, and not this one.");
        }
    }

    /// <summary>A text with its line breaks written as <c>\n</c>.</summary>
    /// <param name="text">The text.</param>
    public static string? OnOneLine(string? text) => text?.Replace("\n", "\\n", StringComparison.Ordinal);

    private static string? Describe(string? value, Func<string, string> say) => value switch
    {
        null => null,
        _ when value.EndsWith(Unverified, StringComparison.Ordinal) => $"{say(value[..^Unverified.Length])} (not verified)",
        _ => say(value),
    };
}
