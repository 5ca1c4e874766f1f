using System.Text.Json;

namespace CodeEmbed.ModelFiles;

/// <summary>Says what a model is that cannot be run, where its files show it.</summary>
internal static class ForeignModel
{
    private const string AdapterConfig = "adapter_config.json", GgufSuffix = ".gguf", OwnCode = "auto_map";

    /// <summary>What files without weights that can be read are, as a sentence after a space.</summary>
    /// <param name="names">The names of the files beside each other.</param>
    /// <returns>The sentence; nothing where they are not known either.</returns>
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

    /// <summary>What a model type is that is not known, as a sentence after a space.</summary>
    /// <param name="config">The content of <see cref="ModelFileNames.Config"/>.</param>
    /// <returns>The sentence; nothing where it is not known either.</returns>
    public static string DescribeType(JsonElement config) =>
        ModelFileNames.FindModelType(config) is { } type && type.Contains("clip", StringComparison.Ordinal)
            ? " It is for images and text; here encoders of text alone can be run."
            : config.TryGetProperty(OwnCode, out JsonElement map) && map.ValueKind == JsonValueKind.Object
            ? $" The code of the model's own that {OwnCode} names is never run."
            : string.Empty;
}
