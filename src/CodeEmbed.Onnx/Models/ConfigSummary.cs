using System.Text.Json;

namespace CodeEmbed.Onnx.Models;

/// <summary>What a <c>config.json</c> says of an encoder of whatever architecture; what it does not say is <see langword="null"/>.</summary>
/// <param name="Architecture">The model type.</param>
/// <param name="HiddenSize">The width of the hidden state.</param>
/// <param name="MaxLength">How many tokens it can see, the special ones included.</param>
/// <param name="PaddingId">The id of the padding token.</param>
/// <param name="CountsPositionsFromPadding">Whether the first token's position is the one after the padding id; else it is 0.</param>
internal sealed record ConfigSummary(string? Architecture, int? HiddenSize, int? MaxLength, int PaddingId, bool CountsPositionsFromPadding)
{
    private const string FileName = "config.json";

    /// <summary>Where there is no config.json.</summary>
    private static readonly ConfigSummary Nothing = new(null, null, null, 0, false);

    /// <summary>Reads the file of a model folder, where it is there.</summary>
    /// <exception cref="ModelFormatException">It is no JSON object.</exception>
    public static ConfigSummary Read(ModelFolder folder) => folder.Find(FileName) is { } path ? JsonFile.ReadObject(path, Read) : Nothing;

    private static ConfigSummary Read(JsonElement root)
    {
        string? type = root.TryGetProperty("model_type", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        // RoBERTa and its kin: create_position_ids_from_input_ids in Hugging Face's transformers.
        bool fromPadding = type is "roberta" or "xlm-roberta" or "camembert";
        int padding = ReadInteger(root, "pad_token_id") ?? (fromPadding ? 1 : 0);
        int? positions = ReadInteger(root, "max_position_embeddings");
        return new ConfigSummary(type, ReadInteger(root, "hidden_size"), fromPadding ? positions - padding - 1 : positions, padding, fromPadding);
    }

    private static int? ReadInteger(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int integer) && integer >= 0 ? integer : null;
}
