using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Missing or damaged vocab.json, merges.txt and related files; each refusal names the file.</summary>
public sealed class VocabularyFilesTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("config.json")]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void A_missing_file_is_named(string name)
    {
        File.Delete(_model.File(name));

        Assert.Contains($"{name} is missing", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    public void An_optional_file_may_be_missing(string name)
    {
        int[] expected = _model.Encode("a <mask> b");
        File.Delete(_model.File(name));

        Assert.Equal(expected, _model.Encode("a <mask> b"));
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("added_tokens.json")]
    public void A_file_that_is_not_a_JSON_object_is_named(string name)
    {
        Assert.All(["", "{", "[]", "3"], json =>
        {
            File.WriteAllText(_model.File(name), json);
            Assert.Contains(name, _model.FailToLoad().Problem, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("added_tokens.json")]
    public void An_invalid_id_is_named_with_its_token(string name)
    {
        Assert.All(["-1", "1.5", "2147483648", "\"3\"", "null", "[]"], id =>
        {
            _model.Patch(name, tokens => tokens["token"] = JsonNode.Parse(id));
            string problem = _model.FailToLoad().Problem;
            Assert.Contains(name, problem, StringComparison.Ordinal);
            Assert.Contains("'token'", problem, StringComparison.Ordinal);
        });
    }

    // Hugging Face accepts such a file: no token was added.
    [Fact]
    public void Added_tokens_json_may_be_empty()
    {
        int[] expected = _model.Encode("a <mask> b");
        File.WriteAllText(_model.File("added_tokens.json"), "{}");

        Assert.Equal(expected, _model.Encode("a <mask> b"));
    }

    [Fact]
    public void A_vocabulary_without_tokens_is_refused()
    {
        File.WriteAllText(_model.File("vocab.json"), "{}");

        Assert.Contains("vocab.json", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tokens_with_one_id_are_refused()
    {
        _model.Patch("vocab.json", vocabulary => vocabulary["another"] = 68);

        Assert.Contains("vocab.json", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", """{"\ud800":5}""")]
    [InlineData("added_tokens.json", """{"\ud800":5}""")]
    [InlineData("special_tokens_map.json", """{"cls_token":"\ud800"}""")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"5":{"content":"\ud800"}}}""")]
    public void A_token_with_a_lone_surrogate_is_refused_with_its_file(string name, string json)
    {
        File.WriteAllText(_model.File(name), json);

        Assert.Contains(name, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "token", "1261")]
    [InlineData("added_tokens.json", "<sep>", "2147483647")]
    [InlineData("tokenizer_config.json", "added_tokens_decoder", """{"1261":{"content":"<sep>"}}""")]
    public void An_id_beyond_the_word_embeddings_is_refused(string name, string key, string json)
    {
        _model.Patch(name, root => root[key] = JsonNode.Parse(json));

        string problem = _model.FailToLoad().Problem;

        Assert.Contains("vocab_size", problem, StringComparison.Ordinal);
        Assert.Contains("1261", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"x":{"content":"<sep>"}}""")]
    [InlineData("""{"-1":{"content":"<sep>"}}""")]
    [InlineData("""{"5":{}}""")]
    [InlineData("""{"5":{"content":5}}""")]
    [InlineData("""{"5":null}""")]
    public void An_invalid_added_token_is_refused(string decoder)
    {
        _model.Patch("tokenizer_config.json", root => root["added_tokens_decoder"] = JsonNode.Parse(decoder));

        Assert.Contains("added_tokens_decoder", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cls_token", "5")]
    [InlineData("mask_token", "{}")]
    [InlineData("mask_token", """{"content":null}""")]
    [InlineData("additional_special_tokens", "[5]")]
    public void An_invalid_special_token_is_named(string role, string json)
    {
        _model.Patch("special_tokens_map.json", root => root[role] = JsonNode.Parse(json));

        Assert.Contains(role, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oneword")]
    [InlineData("three words here")]
    [InlineData("\u0120t missing")]
    [InlineData("version https://git-lfs.github.com/spec/v1")]
    public void Invalid_merges_are_refused_with_the_name_of_their_file(string line)
    {
        File.AppendAllText(_model.File("merges.txt"), line + "\n");

        Assert.Contains("merges.txt", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_may_have_Windows_line_ends()
    {
        int[] expected = _model.Encode("return x");
        File.WriteAllText(_model.File("merges.txt"), File.ReadAllText(_model.File("merges.txt")).ReplaceLineEndings("\r\n"));

        Assert.Equal(expected, _model.Encode("return x"));
    }

    // The same as tokenizers 0.23.2 if '~' is removed from the vocabulary.
    [Fact]
    public void A_character_that_the_vocabulary_lacks_is_skipped()
    {
        _model.Patch("vocab.json", vocabulary => vocabulary.Remove("~"));

        Assert.Equal([0, 68, 69, 2], _model.Encode("a~b"));
    }
}
