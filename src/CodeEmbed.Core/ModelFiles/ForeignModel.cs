using System.Text.Json;

namespace CodeEmbed.ModelFiles;

/// <summary>Describes a model that cannot be run, if its files show what it is.</summary>
internal static class ForeignModel
{
    private const string AdapterConfig = "adapter_config.json", GgufSuffix = ".gguf", OwnCode = "auto_map";

    /// <summary>Describes files without readable weights, as a sentence after a space.</summary>
    /// <param name="names">The names of the files in one folder.</param>
    /// <returns>The sentence; empty if they are not known either.</returns>
    public static string DescribeFiles(IEnumerable<string> names)
    {
        string[] all = [.. names];
        if (all.Contains(AdapterConfig))
        {
            return $" By {AdapterConfig} it is an adapter (LoRA), which changes the weights of another model: put the two "
                + "together with merge_and_unload of peft, save the result with save_pretrained, and give that.";
        }

        return all.FirstOrDefault(name => name.EndsWith(GgufSuffix, StringComparison.Ordinal)) is not null
            ? " Its weights are in GGUF, the format of llama.cpp, which is not read: give the model that it was made from."
            : string.Empty;
    }

    /// <summary>Describes an unknown model type, as a sentence after a space.</summary>
    /// <param name="config">The content of <see cref="ModelFileNames.Config"/>.</param>
    /// <returns>The sentence; empty if it is not known either.</returns>
    public static string DescribeType(JsonElement config) =>
        ModelFileNames.FindModelType(config) is { } type && type.Contains("clip", StringComparison.Ordinal)
            ? " It is for images and text; only encoders for text can be run here."
            : config.TryGetProperty(OwnCode, out JsonElement map) && map.ValueKind == JsonValueKind.Object
            ? $" The model's own code, which {OwnCode} names, is never run."
            : string.Empty;
}
