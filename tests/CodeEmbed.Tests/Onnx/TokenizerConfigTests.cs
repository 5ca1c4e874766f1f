using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   tokenizer_config.json next to tokenizer.json: which of them counts is decided as in <c>PreTrainedTokenizerFast.__init__</c>
///   of transformers 4.
/// </summary>
/// <remarks>
///   The ids of the small model: 68 'a', 224 a space, 1260 the mask token. The ids with a prefix space come from Hugging Face's
///   tokenizers 0.23.2.
/// </remarks>
public sealed class TokenizerConfigTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(false, "{\"add_prefix_space\":true}", true)]
    [InlineData(true, "{\"add_prefix_space\":false}", false)]
    [InlineData(true, "{}", false)]
    [InlineData(true, null, true)]
    public void The_prefix_space_is_taken_from_the_config(bool inTokenizer, string? config, bool expected)
    {
        _model.UseTokenizerJson(root => root["pre_tokenizer"]!["add_prefix_space"] = inTokenizer);
        Write(config);

        int[] ids = expected ? [0, 1009, 704, 224, 91, 2] : [0, 1190, 704, 224, 91, 2];
        Assert.Equal(ids, _model.Encode("return x"));
    }

    [Fact]
    public void The_prefix_space_of_a_sequence_is_kept()
    {
        _model.UseTokenizerJson(root => root["pre_tokenizer"] = JsonNode.Parse(
            """{"type":"Sequence","pretokenizers":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true"""
            + ""","use_regex":true}]}"""));
        Write("{\"add_prefix_space\":false}");

        Assert.Equal([0, 1009, 704, 224, 91, 2], _model.Encode("return x"));
    }

    [Theory]
    [InlineData(true, new[] { 0, 68, 1260, 2 })]
    [InlineData(false, new[] { 0, 68, 224, 1260, 2 })]
    public void The_flags_of_an_added_token_come_from_added_tokens_decoder(bool leftStrip, int[] expected)
    {
        _model.UseTokenizerJson(_ => { });
        Write($$"""{"added_tokens_decoder":{"1260":{{Token("<mask>", leftStrip)}} } }""");

        Assert.Equal(expected, _model.Encode("a <mask>"));
    }

    [Fact]
    public void A_token_only_in_added_tokens_decoder_follows_the_others()
    {
        _model.UseTokenizerJson(_ => { });
        Write($$"""{"added_tokens_decoder":{"1261":{{Token("<code>", false)}} } }""");

        Assert.Equal([0, 1261, 68, 2], _model.Encode("<code>a"));
    }

    [Fact]
    public void A_special_token_of_the_vocabulary_that_tokenizer_json_does_not_list_is_found_in_text()
    {
        _model.UseTokenizerJson(root => root["added_tokens"]!.AsArray().RemoveAt(0));
        Write("""{"cls_token":"<s>"}""");

        Assert.Equal([0, 0, 68, 2], _model.Encode("<s>a"));
    }

    [Fact]
    public void The_tokens_around_a_text_still_come_from_the_post_processor()
    {
        _model.UseTokenizerJson(_ => { });
        Write("""{"cls_token":"</s>","sep_token":"<s>"}""");

        Assert.Equal([0, 68, 2], _model.Encode("a"));
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("{\"cls_token\":5}", "cls_token")]
    [InlineData("{\"added_tokens_decoder\":{\"x\":{}}}", "added_tokens_decoder")]
    public void An_invalid_value_is_named(string config, string problem)
    {
        _model.UseTokenizerJson(_ => { });
        Write(config);

        string message = _model.FailToLoad().Problem;

        Assert.Contains("tokenizer_config.json", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    private static string Token(string content, bool leftStrip) =>
        new JsonObject
        {
            ["content"] = content,
            ["lstrip"] = leftStrip,
            ["normalized"] = false,
            ["rstrip"] = false,
            ["single_word"] = false,
            ["special"] = true,
        }.ToJsonString();

    private void Write(string? config)
    {
        if (config is not null)
            File.WriteAllText(_model.File("tokenizer_config.json"), config);
    }
}
