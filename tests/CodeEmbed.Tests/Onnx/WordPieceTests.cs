using CodeEmbed.ModelFiles;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Tokenizers like BERT's, from tokenizer.json and from vocab.txt.</summary>
/// <remarks>
///   The ids come from Hugging Face's tokenizers 0.23.2. Distilbert's tokens: 341 is x, 141 ##x, 472 def, 481 return, 713 int,
///   100 the unknown token, 101 and 102 the tokens around a text.
/// </remarks>
public sealed class WordPieceTests : IDisposable
{
    private const string Distilbert = "distilbert", Name = "copied-model";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Distilbert)]
    [InlineData("bert-cased")]
    [InlineData("mpnet")]
    public void Ids_from_tokenizer_json_equal_Hugging_Faces_ids(string model)
    {
        Tokenizer tokenizer = TokenizerReader.Read(Folder(model));

        AssertIds(tokenizer, ExpectedValues.ReadTexts("architectures/token-texts.jsonl"), model, "expected-token-ids.jsonl");
        AssertIds(tokenizer, ExpectedValues.Texts, model, "expected-ids.jsonl");
    }

    [Theory]
    [InlineData(Distilbert, "\n")]
    [InlineData(Distilbert, "\r\n")]
    [InlineData("bert-cased", "\n")]
    [InlineData("bert-cased", "\r\n")]
    public void Ids_from_vocab_txt_equal_Hugging_Faces_ids_with_any_line_ends(string model, string lineEnd)
    {
        string copy = Copy(model);
        File.Delete(Path.Combine(copy, "tokenizer.json"));
        string vocabulary = Path.Combine(copy, "vocab.txt");
        File.WriteAllText(vocabulary, File.ReadAllText(vocabulary).ReplaceLineEndings(lineEnd));

        Tokenizer tokenizer = Read(copy);

        AssertIds(tokenizer, ExpectedValues.ReadTexts("architectures/token-texts.jsonl"), model, "expected-token-ids.jsonl");
        AssertIds(tokenizer, ExpectedValues.Texts, model, "expected-ids.jsonl");
        Assert.Equal(TokenizerReader.Read(Folder(model)).Identity, tokenizer.Identity);
    }

    [Fact]
    public void Tokenizers_that_give_other_ids_have_other_identities()
    {
        Action<JsonObject>[] changes =
        [
            _ => { },
            root => root["model"]!["max_input_chars_per_word"] = 99,
            root => root["model"]!["continuing_subword_prefix"] = "#",
            root => root["model"]!["unk_token"] = "[PAD]",
            root => root["model"]!["vocab"]!.AsObject().Remove("def"),
            root => root["normalizer"] = null,
            root => root["normalizer"]!["lowercase"] = false,
            root => root["normalizer"]!["strip_accents"] = false,
            root => root["normalizer"]!["clean_text"] = false,
            root => root["normalizer"]!["handle_chinese_chars"] = false,
            root => root["pre_tokenizer"] = null,
            root => root["post_processor"] = null,
            root => root["added_tokens"]![4]!["normalized"] = true,
        ];

        Assert.Distinct(changes.Select(change => Change(change).Identity));
    }

    [Fact]
    public void Removing_accents_explicitly_or_by_default_is_the_same()
    {
        Assert.Equal(Change(_ => { }).Identity, Change(root => root["normalizer"]!["strip_accents"] = true).Identity);
    }

    [Fact]
    public void A_word_of_over_100_characters_is_unknown()
    {
        Tokenizer tokenizer = TokenizerReader.Read(Folder(Distilbert));

        Assert.Equal([101, 341, .. Enumerable.Repeat(141, 99), 102], Encode(tokenizer, new string('x', 100)));
        Assert.Equal([101, 481, 100, 481, 102], Encode(tokenizer, $"return {new string('x', 101)} return"));
    }

    [Theory]
    [InlineData("max_input_chars_per_word", "3", "def defi x\U0001F600\U0001F600\U0001F600", new[] { 101, 472, 100, 100, 102 })]
    [InlineData("continuing_subword_prefix", "\"\"", "defx returnx", new[] { 101, 472, 341, 481, 341, 102 })]
    [InlineData("type", null, "def x", new[] { 101, 472, 341, 102 })]
    public void The_members_of_the_model_are_used(string member, string? json, string text, int[] ids)
    {
        Tokenizer tokenizer = Change(root =>
        {
            root["model"]!.AsObject().Remove(member);
            if (json is not null)
                root["model"]![member] = JsonNode.Parse(json);
        });

        Assert.Equal(ids, Encode(tokenizer, text));
    }

    [Theory]
    [InlineData("normalizer", null, "def\u0085x\u00a0Def (a)\0", new[] { 101, 472, 341, 100, 287, 318, 288, 100, 102 })]
    [InlineData("pre_tokenizer", null, "def x", new[] { 101, 100, 102 })]
    [InlineData("pre_tokenizer", """{"type":"Digits","individual_digits":true}""", "def12", new[] { 101, 472, 296, 297, 102 })]
    public void The_other_stages_are_read_from_the_file(string stage, string? json, string text, int[] ids)
    {
        Tokenizer tokenizer = Change(root => root[stage] = json is null ? null : JsonNode.Parse(json));

        Assert.Equal(ids, Encode(tokenizer, text));
    }

    // As in BertTokenizerFast.__init__. The ids come from a tokenizer.json with these flags.
    [Theory]
    [InlineData("""{"tokenizer_class":"BertTokenizer"}""", new[] { 101, 472, 713, 341, 100, 472, 122, 102 })]
    [InlineData(
        """{"tokenizer_class":"DistilBertTokenizerFast","do_lower_case":false}""", new[] { 101, 100, 100, 341, 100, 100, 102 })]
    [InlineData("""{"strip_accents":false}""", new[] { 101, 100, 100, 341, 100, 100, 102 })]
    [InlineData("""{"do_lower_case":false,"strip_accents":true}""", new[] { 101, 100, 100, 341, 100, 472, 122, 102 })]
    [InlineData("""{"tokenize_chinese_chars":false}""", new[] { 101, 472, 713, 100, 472, 122, 102 })]
    [InlineData(
        """{"tokenizer_class":"PreTrainedTokenizerFast","do_lower_case":false}""",
        new[] { 101, 472, 713, 341, 100, 472, 122, 102 })]
    public void Tokenizer_config_json_configures_the_normalizer(string config, int[] ids)
    {
        string copy = Copy(Distilbert);
        File.WriteAllText(Path.Combine(copy, "tokenizer_config.json"), config);

        Assert.Equal(ids, Encode(Read(copy), "Déf İNT x中 defé"));
    }

    [Fact]
    public void Vocab_txt_needs_no_other_file()
    {
        string copy = Copy(Distilbert);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" })
            File.Delete(Path.Combine(copy, file));

        Assert.Equal(TokenizerReader.Read(Folder(Distilbert)).Identity, Read(copy).Identity);
    }

    [Theory]
    [InlineData("", "holds no tokens")]
    [InlineData("[PAD]\n[CLS]\n[SEP]\n", "'[UNK]'")]
    [InlineData("[PAD]\n[UNK]\n[SEP]\n", "'[CLS]'")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n", "'[SEP]'")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "LFS")]
    public void An_invalid_vocab_txt_is_named(string text, string named)
    {
        string copy = Copy(Distilbert);
        File.Delete(Path.Combine(copy, "tokenizer.json"));
        File.WriteAllText(Path.Combine(copy, "vocab.txt"), text);

        AssertRefused(() => Read(copy), "vocab.txt", named);
    }

    [Fact]
    public void A_vocab_txt_that_is_not_UTF_8_is_named()
    {
        string copy = Copy(Distilbert);
        File.Delete(Path.Combine(copy, "tokenizer.json"));
        File.WriteAllBytes(Path.Combine(copy, "vocab.txt"), [.. "[UNK]\n"u8, 0xFF, (byte)'\n']);

        AssertRefused(() => Read(copy), "vocab.txt", "UTF-8");
    }

    [Theory]
    [InlineData("unk_token", null, "unk_token")]
    [InlineData("unk_token", "\"[NONE]\"", "'[NONE]'")]
    [InlineData("continuing_subword_prefix", null, "continuing_subword_prefix")]
    [InlineData("max_input_chars_per_word", null, "max_input_chars_per_word")]
    [InlineData("max_input_chars_per_word", "-1", "max_input_chars_per_word")]
    [InlineData("max_input_chars_per_word", "\"100\"", "max_input_chars_per_word")]
    [InlineData("vocab", "{}", "vocab")]
    public void An_invalid_member_of_the_model_is_named(string member, string? json, string named)
    {
        AssertRefused(
            () => Change(root => root["model"]![member] = json is null ? null : JsonNode.Parse(json)), "tokenizer.json", named);
    }

    [Theory]
    [InlineData(
        "normalizer",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null}""",
        "normalizer.lowercase")]
    [InlineData(
        "normalizer",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":1,"lowercase":true}""",
        "normalizer.strip_accents")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""", "ByteLevel")]
    public void An_invalid_stage_is_named(string stage, string json, string named)
    {
        AssertRefused(() => Change(root => root[stage] = JsonNode.Parse(json)), "tokenizer.json", named);
    }

    [Fact]
    public void An_added_token_that_the_normalizer_makes_empty_is_named()
    {
        AssertRefused(
            () => Change(root => root["added_tokens"]!.AsArray().Add(JsonNode.Parse(
                """
                {"id":1500,"content":"\u200b","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,
                 "special":false}
                """))),
            "\\u200b");
    }

    private static ModelFolder Folder(string model) =>
        new(Path.GetDirectoryName(Repository.Fixture($"architectures/{model}/tokenizer.json"))!, model);

    private static Tokenizer Read(string folder) => TokenizerReader.Read(new ModelFolder(folder, Name));

    private static int[] Encode(Tokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];

    private static void AssertIds(Tokenizer tokenizer, IEnumerable<string> texts, string model, string expected)
    {
        const int MaxLength = 128;
        IEnumerable<string> ids = texts.Select((text, line) =>
            $"text {line}: {string.Join(' ', tokenizer.Encode(text, MaxLength, TestContext.Current.CancellationToken).Ids)}");

        Assert.Equal(
            File.ReadLines(Repository.Fixture($"architectures/{model}/{expected}"))
                .Select((text, line) => $"text {line}: {string.Join(' ', JsonSerializer.Deserialize<int[]>(text)!)}"),
            ids);
    }

    private static void AssertRefused(Action read, params string[] named)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(read);

        Assert.All(named, text => Assert.Contains(text, exception.Message, StringComparison.Ordinal));
    }

    private string Copy(string model) => _folder.CopyFolder(Folder(model).Path, Name);

    private Tokenizer Change(Action<JsonObject> change)
    {
        string path = _folder.File("tokenizer.json");
        JsonObject root =
            JsonNode.Parse(File.ReadAllText(Repository.Fixture($"architectures/{Distilbert}/tokenizer.json")))!.AsObject();
        change(root);
        File.WriteAllText(path, root.ToJsonString());
        return Read(Path.GetDirectoryName(path)!);
    }
}
