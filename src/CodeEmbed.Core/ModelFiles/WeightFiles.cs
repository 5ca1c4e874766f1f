using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.ModelFiles;

/// <summary>The files that hold a model's weights, or name the files that do.</summary>
internal static class WeightFiles
{
    private const string Safetensors = "model.safetensors", Torch = "pytorch_model.bin", Export = "model.onnx";
    private const string IndexSuffix = ".index.json", MapKey = "weight_map";

    /// <summary>The checkpoints that are one file; the first that exists counts.</summary>
    public static IReadOnlyList<string> Whole { get; } = [Safetensors, Torch];

    /// <summary>The checkpoints of an encoder; the first that exists counts.</summary>
    public static IReadOnlyList<string> Checkpoints { get; } =
        [Safetensors, Safetensors + IndexSuffix, Torch, Torch + IndexSuffix];

    /// <summary>The exports to ONNX; the first that exists counts.</summary>
    public static IReadOnlyList<string> Exports { get; } = [Export, $"onnx/{Export}"];

    /// <summary>Whether a file names the files of a checkpoint in several.</summary>
    public static bool IsIndex(string path) => path.EndsWith(IndexSuffix, StringComparison.Ordinal);

    /// <summary>Whether a file is a graph with its weights, which needs no description.</summary>
    public static bool IsExport(string path) => path.EndsWith(".onnx", StringComparison.Ordinal);

    /// <summary>Whether a file is in safetensors; otherwise it is from torch.save.</summary>
    public static bool IsSafetensors(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>The files that an index names, each once.</summary>
    /// <param name="indexName">The name of the index.</param>
    /// <param name="index">Its content.</param>
    /// <exception cref="ModelFormatException">It names none, or something that is not the name of a file next to it.</exception>
    public static IReadOnlyList<string> ReadShards(string indexName, JsonElement index)
    {
        if (!index.TryGetProperty(MapKey, out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException($"{MapKey} is missing in {indexName}.");

        return [.. map.EnumerateObject().Select(entry => ReadShard(indexName, entry.Value)).Distinct()];
    }

    private static string ReadShard(string indexName, JsonElement entry)
    {
        // A shard is next to its index: a path instead of a name could lead anywhere.
        string name = entry.ValueKind == JsonValueKind.String ? entry.GetString()! : entry.GetRawText();
        return entry.ValueKind == JsonValueKind.String && FileNameRule.IsPlain(name)
            ? name
            : throw new ModelFormatException(
                $"{indexName} names {MessageText.Quote(name)}, which is not the name of a file next to it.");
    }
}
