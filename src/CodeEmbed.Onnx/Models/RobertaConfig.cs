using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Models;

/// <summary>The architecture of a RoBERTa encoder, from its <c>config.json</c>.</summary>
/// <remarks>
///   Where a file leaves out hidden_act, position_embedding_type, type_vocab_size, pad_token_id or layer_norm_eps, they have the
///   defaults of Hugging Face's <c>RobertaConfig</c>. The sizes must be there.
/// </remarks>
internal sealed record RobertaConfig
{
    private const string FileName = "config.json", ModelType = "model_type";

    /// <summary>The number of ids that the word embeddings have a row for.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of the hidden state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of attention heads; divides <see cref="HiddenSize"/>.</summary>
    public required int AttentionHeads { get; init; }

    /// <summary>The width of the feed-forward network.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of rows of the position embeddings.</summary>
    public required int Positions { get; init; }

    /// <summary>The number of rows of the token type embeddings.</summary>
    public required int TokenTypes { get; init; }

    /// <summary>The id of the padding token. Positions are counted from the one after it.</summary>
    public required int PaddingId { get; init; }

    /// <summary>What is added to the variance in every layer normalisation.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>How many tokens the model can see, the special ones included.</summary>
    public int MaxLength => Positions - PaddingId - 1;

    /// <summary>Reads the configuration of a model.</summary>
    /// <exception cref="ModelFormatException">A value is missing or is one that cannot be run; the message names it.</exception>
    public static RobertaConfig Read(ModelFolder folder) => JsonFile.ReadObject(folder.Require(FileName), Read);

    /// <summary>Tells whether a model is one of this architecture.</summary>
    /// <exception cref="ModelFormatException">config.json is missing, or no JSON.</exception>
    public static bool IsRoberta(ModelFolder folder) => JsonFile.ReadObject(
        folder.Require(FileName), root => root.TryGetProperty(ModelType, out JsonElement type) && type.ValueKind == JsonValueKind.String && type.ValueEquals(EncoderArchitectures.Roberta));

    private static RobertaConfig Read(JsonElement root)
    {
        RequireOneOf(root, ModelType, [EncoderArchitectures.Roberta], missing: null);
        RequireOneOf(root, "hidden_act", ["gelu"], missing: "gelu");
        RequireOneOf(root, "position_embedding_type", ["absolute"], missing: "absolute");
        foreach (string flag in new[] { "is_decoder", "add_cross_attention" })
        {
            if (root.TryGetProperty(flag, out JsonElement value) && value.ValueKind == JsonValueKind.True)
                throw new ModelFormatException($"{flag} is true in {FileName}; only encoders can be run.");
        }

        var config = new RobertaConfig
        {
            VocabularySize = ReadSize(root, "vocab_size"),
            HiddenSize = ReadSize(root, "hidden_size"),
            Layers = ReadSize(root, "num_hidden_layers"),
            AttentionHeads = ReadSize(root, "num_attention_heads"),
            IntermediateSize = ReadSize(root, "intermediate_size"),
            Positions = ReadSize(root, "max_position_embeddings"),
            TokenTypes = ReadInteger(root, "type_vocab_size", missing: 2, smallest: 1),
            PaddingId = ReadInteger(root, "pad_token_id", missing: 1, smallest: 0),
            LayerNormEpsilon = ReadEpsilon(root),
        };
        if (config.HiddenSize % config.AttentionHeads != 0)
        {
            throw new ModelFormatException(
                $"num_attention_heads ({config.AttentionHeads}) does not divide hidden_size ({config.HiddenSize}) in {FileName}.");
        }

        if (config.MaxLength < EmbeddingServiceOptions.SmallestMaxLength)
        {
            throw new ModelFormatException(
                $"max_position_embeddings ({config.Positions}) leaves no room for tokens after pad_token_id ({config.PaddingId}) in {FileName}.");
        }

        return config;
    }

    private static void RequireOneOf(JsonElement root, string name, string[] known, string? missing)
    {
        string? value = missing;
        if (root.TryGetProperty(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null)
            value = element.ToString();

        if (value is null)
            throw new ModelFormatException($"{name} is missing in {FileName}.");

        if (!known.Contains(value))
        {
            throw new ModelFormatException(
                $"{name} is {MessageText.Quote(value)} in {FileName}; known is {string.Join(", ", known)}.");
        }
    }

    private static int ReadSize(JsonElement root, string name) => ReadInteger(root, name, missing: null, smallest: 1);

    private static int ReadInteger(JsonElement root, string name, int? missing, int smallest)
    {
        if (!root.TryGetProperty(name, out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return missing ?? throw new ModelFormatException($"{name} is missing in {FileName}.");

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int value) || value < smallest)
        {
            throw new ModelFormatException(
                $"{name} is {MessageText.Shorten(element.GetRawText())} in {FileName}, and must be an integer of at least "
                + $"{smallest}.");
        }

        return value;
    }

    private static float ReadEpsilon(JsonElement root)
    {
        const string name = "layer_norm_eps";
        if (!root.TryGetProperty(name, out JsonElement element))
            return 1e-12f;

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetSingle(out float value) || !float.IsFinite(value) || value < 0)
        {
            throw new ModelFormatException(
                $"{name} is {MessageText.Shorten(element.GetRawText())} in {FileName}, and must be a number of at least 0.");
        }

        return value;
    }
}
