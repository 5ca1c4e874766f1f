using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Loading;

/// <summary>
///   The settings of a sentence-transformers model's encoder and tokenizer: <c>sentence_bert_config.json</c>, or an older name.
/// </summary>
/// <remarks>
///   As <c>Transformer</c> in sentence-transformers 5 reads the file. A setting that changes vectors and is not supported is
///   refused by name. Settings for the weights (<c>model_args</c>) do not change what is computed here.
/// </remarks>
/// <param name="MaxLength">How many tokens the model is meant to see; <see langword="null"/> if the file does not say.</param>
/// <param name="Lowercase">Whether letters are lower-cased first: <c>do_lower_case</c>.</param>
internal sealed record TransformerSettings(int? MaxLength, bool Lowercase)
{
    /// <summary>Settings for the tokenizer, and for its calls, that do not change the ids of a text.</summary>
    private static readonly string[] Harmless =
    [
        "cache_dir", "cache_folder", "clean_up_tokenization_spaces", "local_files_only", "pad_to_multiple_of", "padding",
        "padding_side", "return_attention_mask", "return_tensors", "return_token_type_ids", "revision", "token",
        "trust_remote_code", "use_fast",
    ];

    /// <summary>Reads the file. The first that exists counts.</summary>
    /// <param name="folder">The folder of the encoder.</param>
    /// <exception cref="ModelFormatException">The file is not valid, or has a setting that is not supported.</exception>
    public static TransformerSettings Read(ModelFolder folder) =>
        ModelFileNames.LengthFiles.FirstOrDefault(name => folder.Find(name) is not null) is { } fileName
            ? JsonFile.ReadObject(folder.Require(fileName), root => Read(root, fileName))
            : new TransformerSettings(MaxLength: null, Lowercase: false);

    private static TransformerSettings Read(JsonElement root, string fileName)
    {
        RequireText(root, "transformer_task", "feature-extraction", fileName);
        RequireText(root, "module_output_name", "token_embeddings", fileName);
        if (Find(root, "modality_config") is { } modalities)
            RequireHiddenState(modalities, fileName);

        if (Find(root, "tokenizer_name_or_path") is { } other)
            throw Refusal("tokenizer_name_or_path", other, fileName, "Put the files of that tokenizer into the folder.");

        foreach (string key in (string[])["config_args", "config_kwargs"])
            RequireOnly(root, key, Harmless, fileName, $"Put it into {ModelFileNames.Config}.");

        int? length = ReadLength(root, "max_seq_length", fileName);
        foreach (string key in (string[])["tokenizer_args", "processor_kwargs"])
        {
            RequireOnly(
                root, key, [.. Harmless, "model_max_length"], fileName, $"Put it into {ModelFileNames.TokenizerConfig}.");
            if (Find(root, key) is { } settings && Find(settings, "model_max_length") is { } number && !IsUnlimited(number))
                length = ReadLength(settings, "model_max_length", fileName);
        }

        return new TransformerSettings(ReadCallLength(root, fileName) ?? length, ReadLowercase(root, fileName));
    }

    /// <summary>The maximum length in the settings for each call of the tokenizer.</summary>
    private static int? ReadCallLength(JsonElement root, string fileName)
    {
        int? length = null;
        if (Find(root, "processing_kwargs") is { } calls)
        {
            // The last one takes precedence.
            foreach (string kind in (string[])["text", "common"])
            {
                RequireOnly(
                    calls, kind, [.. Harmless, "max_length", "truncation"], fileName, "Remove it if the model does not need it.");
                if (Find(calls, kind) is { } settings)
                {
                    if (Find(settings, "truncation") is { ValueKind: JsonValueKind.False } isCut)
                        throw Refusal("truncation", isCut, fileName, "Long texts are always cut.");

                    length = ReadLength(settings, "max_length", fileName) ?? length;
                }
            }
        }

        return length;
    }

    /// <summary>Checks that a text's tokens have the vectors of the last layer.</summary>
    private static void RequireHiddenState(JsonElement modalities, string fileName)
    {
        JsonElement text = Find(modalities, "text")
            ?? throw Refusal("modality_config", modalities, fileName, "Only models for text can be run.");
        if (Find(modalities, "message") is { } message)
        {
            throw Refusal(
                "modality_config.message", message, fileName, "Texts would go through a chat template, which is not run.");
        }

        RequireText(text, "method", "forward", fileName);
        RequireText(text, "method_output_name", "last_hidden_state", fileName);
    }

    private static void RequireText(JsonElement root, string key, string supported, string fileName)
    {
        if (Find(root, key) is { } value && value.ToString() != supported)
            throw Refusal(key, value, fileName, $"Supported: {supported}.");
    }

    private static void RequireOnly(
        JsonElement root, string key, IReadOnlyCollection<string> supported, string fileName, string advice)
    {
        if (Find(root, key) is not { ValueKind: JsonValueKind.Object } settings)
            return;

        foreach (JsonProperty setting in settings.EnumerateObject().Where(setting => !supported.Contains(setting.Name)))
            throw Refusal($"{key}.{MessageText.Shorten(setting.Name)}", setting.Value, fileName, advice);
    }

    private static bool ReadLowercase(JsonElement root, string fileName)
    {
        if (Find(root, "do_lower_case") is not { } lower)
            return false;

        return lower.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? lower.GetBoolean()
            : throw new ModelFormatException(
                $"do_lower_case is {MessageText.Shorten(lower.GetRawText())} in {fileName}, and must be true or false.");
    }

    private static int? ReadLength(JsonElement root, string key, string fileName)
    {
        if (Find(root, key) is not { } length)
            return null;

        return length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int value)
            && value >= EmbeddingServiceOptions.SmallestMaxLength
            ? value
            : throw new ModelFormatException(
                $"{key} is {MessageText.Shorten(length.GetRawText())} in {fileName}, and must be an integer from "
                + $"{EmbeddingServiceOptions.SmallestMaxLength} to {int.MaxValue}.");
    }

    /// <summary>
    ///   Whether a length means that there is no limit: a tokenizer then has a number that does not fit in 32 bits.
    /// </summary>
    private static bool IsUnlimited(JsonElement length) =>
        length.ValueKind == JsonValueKind.Number && length.GetDouble() > int.MaxValue;

    private static ModelFormatException Refusal(string key, JsonElement value, string fileName, string advice) => new(
        $"{key} is {MessageText.Shorten(value.GetRawText())} in {fileName}, which is not supported. {advice}");

    private static JsonElement? Find(JsonElement root, string key) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(key, out JsonElement value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}
