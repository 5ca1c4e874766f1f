using System.Globalization;
using System.Text.Json.Nodes;
using CodeEmbed.RealModelTests;

namespace CodeEmbed.Bench;

/// <summary>Creates the folder of a trained model that CodeEmbed and transformers.js can both run.</summary>
internal static class RealModelFolder
{
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>
    ///   Writes the checkpoint, the export from which it comes, and the tokenizer in the files that transformers.js reads.
    /// </summary>
    /// <param name="args">The assembly in the model's package, the folder, the pooling, the maximum length in tokens.</param>
    public static void Write(string[] args)
    {
        string folder = args[1], pooling = args[2];
        int maxLength = int.Parse(args[3], CultureInfo.InvariantCulture);
        (byte[] export, string[] words) = RealCheckpoint.Unpack(args[0]);
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        RealCheckpoint.Write(folder, new OnnxExport(export), words, pooling, maxLength);
        File.WriteAllBytes(Path.Combine(folder, "onnx", "model.onnx"), export);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer(words).ToJsonString());
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            new JsonObject
            {
                ["tokenizer_class"] = "BertTokenizer",
                ["model_max_length"] = maxLength,
                ["pad_token"] = "[PAD]",
                ["unk_token"] = "[UNK]",
                ["cls_token"] = "[CLS]",
                ["sep_token"] = "[SEP]",
                ["mask_token"] = "[MASK]",
            }.ToJsonString());
    }

    private static JsonObject Tokenizer(string[] words)
    {
        int Id(string token) => Array.IndexOf(words, token);
        JsonObject Special(string token) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };
        JsonObject Sequence(string name, int type) =>
            new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        JsonArray Single() => [Special("[CLS]"), Sequence("A", 0), Special("[SEP]")];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. SpecialTokens.Select(token => new JsonObject
            {
                ["id"] = Id(token),
                ["content"] = token,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            })]),
            ["normalizer"] = new JsonObject
            {
                ["type"] = "BertNormalizer",
                ["clean_text"] = true,
                ["handle_chinese_chars"] = true,
                ["strip_accents"] = null,
                ["lowercase"] = true,
            },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = Single(),
                ["pair"] = new JsonArray([.. Single().Select(part => part!.DeepClone()), Sequence("B", 1), Special("[SEP]")]),
                ["special_tokens"] = new JsonObject(SpecialTokens[2..4].Select(token => KeyValuePair.Create<string, JsonNode?>(
                    token,
                    new JsonObject { ["id"] = token, ["ids"] = new JsonArray(Id(token)), ["tokens"] = new JsonArray(token) }))),
            },
            ["decoder"] = new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece",
                ["unk_token"] = "[UNK]",
                ["continuing_subword_prefix"] = "##",
                ["max_input_chars_per_word"] = 100,
                ["vocab"] = new JsonObject(words.Select((word, id) => KeyValuePair.Create<string, JsonNode?>(word, id))),
            },
        };
    }
}
