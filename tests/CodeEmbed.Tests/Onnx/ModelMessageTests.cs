using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Quotes from a model's files in messages: at most one line, and nothing that a terminal would interpret.
/// </summary>
public sealed class ModelMessageTests : IDisposable
{
    private const int Line = 1000;
    private static readonly string Long = new('6', 1_000_000);

    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("config.json", "hidden_size", false)]
    [InlineData("config.json", "hidden_act", true)]
    [InlineData("config.json", "layer_norm_eps", true)]
    [InlineData("tokenizer_config.json", "added_tokens_decoder", false)]
    [InlineData("sentence_bert_config.json", "max_seq_length", false)]
    [InlineData("sentence_bert_config.json", "max_seq_length", true)]
    public void A_value_of_a_million_characters_is_truncated(string file, string key, bool isText)
    {
        UseModules();
        _model.Patch(file, root => root[key] = key == "added_tokens_decoder" ? new JsonObject { [Long] = "x" } : "VALUE");
        File.WriteAllText(
            _model.File(file),
            File.ReadAllText(_model.File(file)).Replace("\"VALUE\"", isText ? $"\"{Long}\"" : Long, StringComparison.Ordinal));

        AssertIsShort("666");
    }

    [Fact]
    public void A_list_of_many_modules_is_truncated()
    {
        File.WriteAllText(
            _model.File("modules.json"), $"[{string.Join(',', Enumerable.Repeat("""{"path":"","type":"x.Dense"}""", 100_000))}]");

        AssertIsShort("and 99992 more");
    }

    [Fact]
    public void A_shape_of_many_dimensions_is_truncated()
    {
        SafetensorsBuilder weights = SafetensorsBuilder.Read(_model.File("model.safetensors"));
        weights.Set("embeddings.word_embeddings.weight", "F32", [.. Enumerable.Repeat(1L, 100_000)], new byte[4]);
        _model.UseWeights("model.safetensors", weights.Build());

        AssertIsShort("[1, 1, 1");
    }

    [Theory]
    [InlineData("added_tokens")]
    [InlineData("model")]
    [InlineData("normalizer")]
    [InlineData("pre_tokenizer")]
    public void A_long_value_in_a_tokenizer_is_truncated(string part)
    {
        _model.UseTokenizerJson(root => root[part] = part switch
        {
            "added_tokens" => new JsonArray(new JsonObject
            {
                ["id"] = 7,
                ["content"] = Long,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = true,
                ["special"] = false,
            }),
            "pre_tokenizer" => JsonNode.Parse($$"""
                {"type":"Sequence","pretokenizers":[
                {"type":"Split","pattern":{"Regex":"\\b{{Long[..4000]}}"},"behavior":"Isolated","invert":false},
                {"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]}
                """),
            _ => new JsonObject { ["type"] = Long },
        });

        AssertIsShort("666");
    }

    [Theory]
    [InlineData("config.json", "hidden_act")]
    [InlineData("config.json", "model_type")]
    [InlineData("tokenizer_config.json", "added_tokens_decoder")]
    public void Control_characters_are_shown_escaped(string file, string key)
    {
        const string hostile = "\u001b[2J\u001b]0;pwned\u0007\r\nforged\u202e";
        _model.Patch(file, root => root[key] = key == "added_tokens_decoder" ? new JsonObject { [hostile] = "x" } : hostile);

        ModelLoadException error = _model.FailToLoad();

        Assert.Contains("\\u001b[2J\\u001b]0;pwned\\u0007", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message + error.Problem, character => char.IsControl(character) || character == '\u202e');
    }

    private void AssertIsShort(string part)
    {
        ModelLoadException error = _model.FailToLoad();

        Assert.InRange(error.Message.Length - error.Model.Length, 1, Line);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private void UseModules()
    {
        File.WriteAllText(
            _model.File("modules.json"),
            """[{"idx":0,"path":"","type":"x.Transformer"},{"idx":1,"path":"1_Pooling","type":"x.Pooling"}]""");
        Directory.CreateDirectory(_model.File("1_Pooling"));
        File.WriteAllText(_model.File("1_Pooling/config.json"), "{}");
    }
}
