using System.Text.Json;
using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Models;

/// <summary>
///   What a <c>config.json</c> says about an encoder of any architecture; missing values are <see langword="null"/>.
/// </summary>
/// <param name="Architecture">The model type.</param>
/// <param name="HiddenSize">The width of the hidden state.</param>
/// <param name="MaxLength">How many tokens it can see, including the special ones.</param>
/// <param name="PaddingId">The id of the padding token, if positions are counted from it.</param>
internal sealed record ConfigSummary(string? Architecture, int? HiddenSize, int? MaxLength, int? PaddingId)
{
    /// <summary>The value if there is no config.json.</summary>
    private static readonly ConfigSummary Nothing = new(null, null, null, null);

    /// <summary>How the positions of the tokens are counted.</summary>
    public PositionIds Positions => PaddingId is { } padding ? PositionIds.FromPadding(padding) : PositionIds.FromZero;

    /// <summary>Reads the file in a model folder, if it exists.</summary>
    /// <exception cref="ModelFormatException">It is not a JSON object.</exception>
    public static ConfigSummary Read(ModelFolder folder) =>
        folder.Find(ModelFileNames.Config) is { } path ? JsonFile.ReadObject(path, Read) : Nothing;

    private static ConfigSummary Read(JsonElement root)
    {
        string? type = ModelFileNames.FindModelType(root);

        // RoBERTa and related models: create_position_ids_from_input_ids in Hugging Face's transformers.
        bool fromPadding = type is "roberta" or "xlm-roberta" or "camembert" or "mpnet";
        int padding = ReadInteger(root, "pad_token_id") ?? (fromPadding ? 1 : 0);
        int? positions = ReadInteger(root, "max_position_embeddings") ?? ReadInteger(root, "n_positions");
        return new ConfigSummary(
            type,
            ReadInteger(root, "hidden_size") ?? ReadInteger(root, "n_embd") ?? ReadInteger(root, "dim"),
            fromPadding ? positions - padding - 1 : positions,
            fromPadding ? padding : null);
    }

    private static int? ReadInteger(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int integer) && integer >= 0 ? integer : null;
}
