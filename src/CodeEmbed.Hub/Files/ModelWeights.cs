using System.Text.Json;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Files;

/// <summary>Which files hold a model's weights: of one framework only, the first that the repository has.</summary>
internal static class ModelWeights
{
    private const string IndexSuffix = ".index.json";

    /// <summary>The files to look for, the first before the others.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "model.safetensors", "model.safetensors" + IndexSuffix, "pytorch_model.bin", "pytorch_model.bin" + IndexSuffix, "model.onnx", "onnx/model.onnx",
    ];

    /// <summary>Whether a file is a graph with its weights, which needs nothing that describes it.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.Ordinal);

    /// <summary>The file that names the shards of the weights, or <see langword="null"/> where they are in one file.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public static string? FindIndex(IReadOnlySet<string> listing) =>
        Names.FirstOrDefault(listing.Contains) is { } found && found.EndsWith(IndexSuffix, StringComparison.Ordinal) ? found : null;

    /// <summary>The files of the weights; none where the repository has none.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="read">Opens the index.</param>
    /// <exception cref="HubAnswerException">The index is not what it should be; the message says how.</exception>
    public static IReadOnlyList<string> FindFiles(IReadOnlySet<string> listing, Func<string, Stream> read)
    {
        if (FindIndex(listing) is { } index)
            return ReadShards(index, read);

        if (Names.FirstOrDefault(listing.Contains) is not { } file)
            return [];

        // A graph names its external data only inside; exporters call it model.onnx_data or model.onnx.data, with a number if it has parts.
        IEnumerable<string> data = listing
            .Where(path => path.StartsWith(file + "_data", StringComparison.Ordinal) || path.StartsWith(file + ".data", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return IsOnnx(file) ? [.. data, file] : [file];
    }

    private static List<string> ReadShards(string index, Func<string, Stream> read) => RepositoryJson.Read(index, read, root =>
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new HubAnswerException($"its {index} has no weight_map. Give another model or revision.");

        var shards = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (shard is null || !FileNameRule.IsPlain(shard))
                throw new HubAnswerException($"its {index} names the shard '{shard ?? entry.Value.GetRawText()}', which is no name of a file beside it. Nothing was fetched under that name.");

            shards.Add(shard);
        }

        return shards.ToList();
    });
}
