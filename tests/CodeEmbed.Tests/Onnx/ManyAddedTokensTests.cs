using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A WordPiece tokenizer with tens of thousands of added tokens, which Model2Vec creates from words in code.</summary>
/// <remarks>
///   The ids come from Hugging Face's tokenizers 0.23.2; tests/reference_many_added_tokens.mjs describes how the tokens and the
///   texts are generated.
/// </remarks>
public sealed class ManyAddedTokensTests : IDisposable
{
    private const int Count = 43_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_text_has_the_ids_of_Hugging_Face()
    {
        int[][] expected =
        [
            .. File.ReadLines(Repository.Fixture("static/many-added-tokens.jsonl"))
                .Select(line => JsonSerializer.Deserialize<int[]>(line)!),
        ];
        Tokenizer tokenizer = Read();

        Assert.Equal(expected, Texts().Select(text => Encode(tokenizer, text)));
    }

    [Fact]
    public void Reading_and_encoding_take_seconds_rather_than_minutes()
    {
        string file = Write(), text = string.Concat(Enumerable.Repeat(string.Join(' ', Texts()), 20));
        var watch = Stopwatch.StartNew();
        Tokenizer tokenizer = TokenizerJson.Read(file, config: null);
        Assert.NotEmpty(Encode(tokenizer, text));

        // Looking for each token at each position would take about 20 billion comparisons.
        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(5));
    }

    private static int[] Encode(Tokenizer tokenizer, string text) =>
    [
        .. tokenizer.Under(EncodingRule.Plain).Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids
            .Select(id => (int)id),
    ];

    private static IEnumerable<string> Texts() => ExpectedValues.Texts.Concat(
        Enumerable.Range(0, Count / 1000).Select(number => Name(number * 1000))
            .Select(name => $"{name}{name}x{name} {name.ToUpperInvariant()}"));

    private static string Name(int number)
    {
        const string digits = "0123456789abcdefghijklmnopqrstuvwxyz";
        var text = new Stack<char>();
        for (uint left = (uint)(number * 2654435761L); left > 0 || text.Count == 0; left /= 36)
            text.Push(digits[(int)(left % 36)]);

        return $"Get_{string.Concat(text)}";
    }

    private Tokenizer Read() => TokenizerJson.Read(Write(), config: null);

    private string Write()
    {
        JsonObject json =
            JsonNode.Parse(File.ReadAllText(Repository.Fixture("architectures/bert-cls/tokenizer.json")))!.AsObject();
        JsonArray added = json["added_tokens"]!.AsArray();
        int vocabulary = json["model"]!["vocab"]!.AsObject().Count;
        for (int number = 0; number < Count; number++)
        {
            added.Add(new JsonObject
            {
                ["id"] = vocabulary + number, ["content"] = Name(number), ["single_word"] = false, ["lstrip"] = false,
                ["rstrip"] = false, ["normalized"] = true, ["special"] = false,
            });
        }

        string file = _folder.File("tokenizer.json");
        File.WriteAllText(file, json.ToJsonString());
        return file;
    }
}
