using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Files;

/// <summary>
///   Which files hold a model's weights: of one framework only, the first that the repository has; but of an architecture whose
///   checkpoints cannot be run the ONNX export, where there is one.
/// </summary>
internal static class ModelWeights
{
    private const string IndexSuffix = ".index.json", ConfigName = "config.json";

    /// <summary>The files to look for, the first before the others.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "model.safetensors", "model.safetensors" + IndexSuffix, "pytorch_model.bin", "pytorch_model.bin" + IndexSuffix, "model.onnx", "onnx/model.onnx",
    ];

    /// <summary>Whether a file holds an encoder's weights, or names the files that do.</summary>
    public static bool IsWeights(string path) => Names.Any(name => path == name || path.EndsWith("/" + name, StringComparison.Ordinal));

    /// <summary>Whether a file is a graph with its weights, which needs nothing that describes it.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.Ordinal);

    /// <summary>The file that names the shards of the weights, or <see langword="null"/> where they are in one file.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public static string? FindIndex(IReadOnlySet<string> listing) =>
        Names.FirstOrDefault(listing.Contains) is { } found && found.EndsWith(IndexSuffix, StringComparison.Ordinal) ? found : null;

    /// <summary>The files of the weights; none where the repository has none.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens the index, and config.json.</param>
    /// <exception cref="HubAnswerException">The index is not what it should be; the message says how.</exception>
    public static IReadOnlyList<string> FindFiles(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        string? export = Names.FirstOrDefault(name => IsOnnx(name) && listing.Contains(name));
        bool needsExport = export is not null && !HasKnownArchitecture(listing, read);
        if (!needsExport && FindIndex(listing) is { } index)
            return ReadShards(index, read);

        if ((needsExport ? export : Names.FirstOrDefault(listing.Contains)) is not { } file)
            return [];

        // A graph names its external data only inside; exporters call it model.onnx_data or model.onnx.data, with a number if it has parts.
        IEnumerable<string> data = listing
            .Where(path => path.StartsWith(file + "_data", StringComparison.Ordinal) || path.StartsWith(file + ".data", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return IsOnnx(file) ? [.. data, file] : [file];
    }

    private static bool HasKnownArchitecture(IReadOnlySet<string> listing, Func<string, Stream> read) => listing.Contains(ConfigName)
        && RepositoryJson.Read(ConfigName, read, root => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("model_type", out JsonElement type)
            && type.ValueKind == JsonValueKind.String && EncoderArchitectures.Known.Contains(type.GetString()));

    private static List<string> ReadShards(string index, Func<string, Stream> read) => RepositoryJson.Read(index, read, root =>
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new HubAnswerException($"its {index} has no weight_map. Give another model or revision.");

        var shards = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (shard is null || !FileNameRule.IsPlain(shard))
                throw new HubAnswerException($"its {index} names the shard {MessageText.Quote(shard ?? entry.Value.GetRawText())}, which is no name of a file beside it. Nothing was fetched under that name.");

            shards.Add(shard);
        }

        return shards.ToList();
    });
}
