using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The tokenizers of the fixture tokenizer-json, each with the ids from Hugging Face's tokenizers 0.23.2.
/// </summary>
/// <remarks>tests/reference_tokenizers.mjs generated the ids from the same lines of cases.jsonl.</remarks>
internal static class TokenizerCases
{
    /// <summary>The number of ids that are kept for each text.</summary>
    public const int MaxLength = 64;

    private static readonly Dictionary<string, JsonObject> Cases =
        File.ReadLines(Repository.Fixture("tokenizer-json/cases.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject()).ToDictionary(entry => (string)entry["name"]!);

    /// <summary>The names of the tokenizers.</summary>
    public static TheoryData<string> Names { get; } = [.. Cases.Keys];

    /// <summary>The texts of all fixtures, and more.</summary>
    public static string[] Texts { get; } = [.. ExpectedValues.Texts, .. ExpectedValues.ReadTexts("tokenizer-json/texts.jsonl")];

    /// <summary>The ids of each text.</summary>
    public static int[][] Ids(string name) =>
        [.. File.ReadLines(Repository.Fixture($"tokenizer-json/{name}.jsonl"))
            .Select(line => JsonSerializer.Deserialize<int[]>(line)!)];

    /// <summary>Changes the small model's tokenizer.json into one of the tokenizers.</summary>
    public static void Apply(string name, JsonObject root)
    {
        JsonObject model = root["model"]!.AsObject(), vocabulary = model["vocab"]!.AsObject();
        HashSet<string> without = [];
        bool pairs = false;
        foreach ((string member, JsonNode? value) in Cases[name])
        {
            if (member == "model")
                SetAll(model, value!.AsObject());
            else if (member == "without")
                without = [.. value!.AsArray().Select(token => (string)token!)];
            else if (member == "pairs")
                pairs = (bool)value!;
            else if (member != "name")
                root[member] = value?.DeepClone();
        }

        foreach (string token in without)
            vocabulary.Remove(token);

        IEnumerable<string[]> merges = model["merges"]!.AsArray().Select(merge => ((string)merge!).Split(' '))
            .Where(pair => !without.Overlaps([.. pair, string.Concat(pair)]));
        model["merges"] = new JsonArray(
            [.. merges.Select(pair => pairs ? new JsonArray(pair[0], pair[1]) : (JsonNode)string.Join(' ', pair))]);
    }

    /// <summary>Reads one of the tokenizers.</summary>
    public static Tokenizer Read(string name)
    {
        using var folder = new TemporaryFolder();
        JsonObject root = JsonNode.Parse(File.ReadAllText(Repository.Fixture("tiny-roberta/tokenizer.json")))!.AsObject();
        Apply(name, root);
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, root.ToJsonString());
        return TokenizerReader.Read(new ModelFolder(Path.GetDirectoryName(path)!, name));
    }

    private static void SetAll(JsonObject target, JsonObject values)
    {
        foreach ((string member, JsonNode? value) in values)
            target[member] = value?.DeepClone();
    }
}
