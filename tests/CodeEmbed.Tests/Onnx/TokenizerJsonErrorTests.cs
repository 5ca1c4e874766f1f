using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A tokenizer.json that is damaged or not supported: each refusal names the file and the problem.</summary>
public sealed class TokenizerJsonErrorTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":5},\"merges\":[]}}")]
    public void A_file_that_is_not_a_JSON_object_is_refused(string json)
    {
        File.WriteAllText(_model.File("tokenizer.json"), json);

        Assert.Contains("tokenizer.json", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pretokenizers")]
    [InlineData("normalizers")]
    public void An_endlessly_nested_file_is_refused(string member)
    {
        string nested = string.Concat(Enumerable.Repeat($$"""{"type":"Sequence","{{member}}":[""", 100_000));
        File.WriteAllText(_model.File("tokenizer.json"), $$"""{"pre_tokenizer":{{nested}}""");

        Assert.Contains("tokenizer.json", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "\"2.0\"", "2.0")]
    [InlineData("model", """{"type":"WordLevel","vocab":{"a":0}}""", "WordLevel")]
    [InlineData("pre_tokenizer", """{"type":"Punctuation"}""", "Punctuation")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_"}""", "ByteLevel")]
    [InlineData("pre_tokenizer", """{"type":"Whitespace"}""", "ByteLevel")]
    [InlineData(
        "pre_tokenizer",
        """{"type":"Sequence","pretokenizers":[{"type":"UnicodeScripts"},{"type":"ByteLevel","add_prefix_space":false}]}""",
        "UnicodeScripts")]
    [InlineData("pre_tokenizer", """{"type":"Digits","individual_digits":true}""", "ByteLevel")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[]}""", "ByteLevel")]
    [InlineData("pre_tokenizer", "null", "ByteLevel")]
    [InlineData("normalizer", """{"type":"StripAccents"}""", "StripAccents")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]}""", "Nmt")]
    [InlineData("post_processor", """{"type":"PairProcessing","sep":["</s>",2],"cls":["<s>",0]}""", "PairProcessing")]
    public void An_unknown_kind_is_named(string member, string json, string kind)
    {
        AssertRefused(root => root[member] = JsonNode.Parse(json), member, kind);
    }

    [Theory]
    [InlineData("dropout", "0.1")]
    [InlineData("continuing_subword_prefix", "\"##\"")]
    [InlineData("end_of_word_suffix", "\"</w>\"")]
    [InlineData("ignore_merges", "1")]
    [InlineData("vocab", "{}")]
    [InlineData("vocab", "[]")]
    [InlineData("vocab", "null")]
    [InlineData("merges", "{}")]
    [InlineData("merges", "null")]
    [InlineData("merges", """["a"]""")]
    [InlineData("merges", """["a b c"]""")]
    [InlineData("merges", """[["a"]]""")]
    [InlineData("merges", """[["a", 1]]""")]
    [InlineData("merges", """[["a b", "c"]]""")]
    [InlineData("merges", "[7]")]
    public void An_invalid_member_of_the_model_is_named(string member, string json)
    {
        AssertRefused(root => root["model"]![member] = JsonNode.Parse(json), $"model.{member}");
    }

    [Fact]
    public void A_merge_of_tokens_that_the_vocabulary_lacks_is_refused()
    {
        AssertRefused(root => root["model"]!["merges"]!.AsArray().Add("\u0120t missing"));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("\"3\"")]
    [InlineData("null")]
    public void An_invalid_id_is_named_with_its_token(string id)
    {
        AssertRefused(root => root["model"]!["vocab"]!["token"] = JsonNode.Parse(id), "'token'");
    }

    [Fact]
    public void Two_tokens_with_one_id_are_refused()
    {
        AssertRefused(root => root["model"]!["vocab"]!["another"] = 68, "'a'", "'another'");
    }

    [Fact]
    public void An_id_beyond_the_word_embeddings_is_refused()
    {
        _model.UseTokenizerJson(root => root["post_processor"]!["sep"] = new JsonArray("</s>", 1261));

        Assert.Contains("1261", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_of_byte_pieces_is_refused()
    {
        AssertRefused(
            root =>
            {
                root["model"]!["vocab"]!.AsObject().Remove("~");
                root["model"]!["byte_fallback"] = true;
            },
            "byte_fallback");
    }

    [Fact]
    public void A_missing_unknown_token_that_is_needed_is_named()
    {
        AssertRefused(
            root =>
            {
                root["model"]!["vocab"]!.AsObject().Remove("~");
                root["model"]!["unk_token"] = "[UNK]";
            },
            "[UNK]");
    }

    [Theory]
    [InlineData("""{"add_prefix_space":false}""", "type")]
    [InlineData("""{"type":7}""", "type")]
    [InlineData("""[]""", "pre_tokenizer")]
    [InlineData("""{"type":"ByteLevel"}""", "add_prefix_space")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":"yes"}""", "add_prefix_space")]
    [InlineData("""{"type":"Sequence"}""", "pretokenizers")]
    [InlineData("""{"type":"Sequence","pretokenizers":[7]}""", "pretokenizers")]
    [InlineData(
        """{"type":"Sequence","pretokenizers":[{"type":"ByteLevel","add_prefix_space":false},"""
        + """{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false}]}""",
        "ByteLevel")]
    public void An_invalid_pre_tokenizer_is_refused(string json, string named)
    {
        AssertRefused(root => root["pre_tokenizer"] = JsonNode.Parse(json), named);
    }

    [Theory]
    [InlineData("""{"type":"Split","behavior":"Isolated","invert":false}""", "pattern")]
    [InlineData("""{"type":"Split","pattern":{},"behavior":"Isolated","invert":false}""", "pattern")]
    [InlineData("""{"type":"Split","pattern":{"Regex":7},"behavior":"Isolated","invert":false}""", "Regex")]
    [InlineData("""{"type":"Split","pattern":{"String":""},"behavior":"Isolated","invert":false}""", "empty")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"a"},"behavior":"Sideways","invert":false}""", "Sideways")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"a"},"behavior":"1","invert":false}""", "behavior")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"a"},"behavior":"Isolated"}""", "invert")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated","invert":false}""", "'(a'")]
    [InlineData("""{"type":"Digits"}""", "individual_digits")]
    public void An_invalid_step_before_the_bytes_is_refused(string json, string named)
    {
        AssertRefused(
            root => root["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    JsonNode.Parse(json), JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false}""")),
            },
            named);
    }

    [Theory]
    [InlineData("""{"type":"RobertaProcessing","sep":["</s>",2]}""", "cls")]
    [InlineData("""{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>"]}""", "cls")]
    [InlineData("""{"type":"RobertaProcessing","sep":["</s>",-2],"cls":["<s>",0]}""", "sep")]
    [InlineData("""{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}]}""", "special_tokens")]
    [InlineData("""{"type":"TemplateProcessing","single":[],"special_tokens":{}}""", "single")]
    [InlineData("""{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"special_tokens":{}}""", "single")]
    [InlineData(
        """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},"""
        + """{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}""",
        "single")]
    [InlineData(
        """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":1}}],"special_tokens":{}}""", "type_id")]
    [InlineData(
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<x>","type_id":0}},"""
        + """{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}""",
        "<x>")]
    [InlineData(
        """{"type":"Sequence","processors":[{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0]},"""
        + """{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0]}]}""",
        "more than once")]
    public void An_invalid_post_processor_is_refused(string json, string named)
    {
        AssertRefused(root => root["post_processor"] = JsonNode.Parse(json), named);
    }

    // 68 is the id of 'a' in the vocabulary, and 1261 the number of its tokens.
    [Theory]
    [InlineData(
        """{"id":69,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}""", "68")]
    [InlineData(
        """{"id":2000000000,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true"""
        + ""","special":false}""",
        "1261")]
    [InlineData(
        """{"id":0,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}""",
        "1261")]
    [InlineData(
        """{"id":4294967296,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true"""
        + ""","special":false}""",
        "4294967296")]
    [InlineData(
        """{"id":1261,"content":7,"single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}""",
        "content")]
    [InlineData("""{"id":1261,"content":"<x>","single_word":false,"rstrip":false,"normalized":true,"special":false}""", "lstrip")]
    [InlineData(
        """{"id":1261,"content":"<x>","single_word":false,"lstrip":false,"rstrip":0,"normalized":true,"special":false}""",
        "rstrip")]
    [InlineData("7", "added_tokens")]
    public void An_invalid_added_token_is_refused(string json, string named)
    {
        AssertRefused(root => root["added_tokens"]!.AsArray().Add(JsonNode.Parse(json)), named);
    }

    private void AssertRefused(Action<JsonObject> change, params string[] named)
    {
        _model.UseTokenizerJson(change);
        string problem = _model.FailToLoad().Problem;

        Assert.All(["tokenizer.json", .. named], text => Assert.Contains(text, problem, StringComparison.Ordinal));
    }
}
