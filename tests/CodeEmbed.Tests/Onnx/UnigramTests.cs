using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using CodeEmbed.Onnx.Tokenizers.Models;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Unigram tokenizers, as used by XLM-RoBERTa models, compared with Hugging Face's tokenizers 0.23.2.</summary>
public sealed class UnigramTests : IDisposable
{
    private const string Mean = "xlm-roberta-mean", Cls = "xlm-roberta-cls", FileName = "tokenizer.json";

    private const int MaxLength = 128;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The lines of the fixture. See tests/reference_unigram_stages.mjs, which generated it.</summary>
    public static TheoryData<int> Lines { get; } = [.. Enumerable.Range(0, ReadLines().Length)];

    [Theory]
    [InlineData(Mean)]
    [InlineData(Cls)]
    public void Ids_from_tokenizer_json_equal_Hugging_Faces_ids(string model)
    {
        Tokenizer tokenizer = TokenizerReader.Read(Folder(model));

        AssertIds(tokenizer, ExpectedValues.ReadTexts("architectures/token-texts.jsonl"), $"{model}/expected-token-ids.jsonl");
        AssertIds(tokenizer, ExpectedValues.Texts, $"{model}/expected-ids.jsonl");
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Ids_of_every_stage_equal_Hugging_Faces_ids(int line)
    {
        JsonNode entry = JsonNode.Parse(ReadLines()[line])!;
        Tokenizer tokenizer = Write(entry["tokenizer"]!.ToJsonString().Replace(
            $"\"{Mean}\"", $"\"{ReadMap()}\"", StringComparison.Ordinal));

        Assert.NotEmpty(entry["texts"]!.AsArray());
        Assert.All(entry["texts"]!.AsArray().Zip(entry["ids"]!.AsArray()), pair => Assert.Equal(
            pair.Second!.AsArray().Select(id => (int)id!), Encode(tokenizer, (string)pair.First!)));
    }

    [Fact]
    public void Tokenizers_that_give_other_ids_have_other_identities()
    {
        Action<JsonObject>[] changes =
        [
            _ => { },
            root => root["model"]!["unk_id"] = 4,
            root => root["model"]!["byte_fallback"] = true,
            root => root["model"]!["vocab"]![7]![1] = -3.5,
            root => root["model"]!["vocab"]![7]![0] = "never there",
            root => root["normalizer"] = null,
            root => root["normalizer"]!["normalizers"]!.AsArray().RemoveAt(1),
            root => root["normalizer"]!["normalizers"]![1]!["strip_left"] = true,
            root => root["normalizer"]!["normalizers"]![1]!["strip_right"] = false,
            root => root["normalizer"]!["normalizers"]![2]!["content"] = "x",
            root => root["normalizer"]!["normalizers"]![2]!["pattern"] = new JsonObject { ["String"] = " {2,}" },
            root => root["normalizer"]!["normalizers"]![2]!["pattern"] = new JsonObject { ["Regex"] = " {3,}" },
            root => root["normalizer"]!["normalizers"]![0] = JsonNode.Parse("""{"type":"Prepend","prepend":"x"}"""),
            root => root["normalizer"]!["normalizers"]![0] = JsonNode.Parse("""{"type":"Prepend","prepend":"y"}"""),
            root => root["normalizer"]!["normalizers"]![0]!["precompiled_charsmap"] = "BAAAAAAAAABhAA==",
            root => root["pre_tokenizer"] = null,
            root => root["pre_tokenizer"]!["split"] = false,
            root => root["pre_tokenizer"]!["prepend_scheme"] = "first",
            root => root["pre_tokenizer"]!["prepend_scheme"] = "never",
            root => root["pre_tokenizer"]!["replacement"] = "_",
            root => root["pre_tokenizer"] = JsonNode.Parse("""{"type":"WhitespaceSplit"}"""),
            root => root["pre_tokenizer"] = JsonNode.Parse("""{"type":"Whitespace"}"""),
        ];

        Assert.Distinct(changes.Select(change => Change(Cls, change).Identity));
    }

    [Fact]
    public void Add_prefix_space_is_the_old_spelling_of_always()
    {
        Assert.Equal(
            Change(Cls, _ => { }).Identity,
            Change(Cls, root => root["pre_tokenizer"] = JsonNode.Parse(
                """{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""")).Identity);
    }

    // As written by Tokenizer.save of Hugging Face's tokenizers: some are not the nearest float64 number.
    [Theory]
    [InlineData("-3.9963948726654053", -3.9963948726654057)]
    [InlineData("-7.3537068367004395", -7.35370683670044)]
    [InlineData("-3.6539933681488037", -3.653993368148804)]
    [InlineData("-7.3195905685424805", -7.31959056854248)]
    [InlineData("-2.523207902908325", -2.523207902908325)]
    [InlineData("0.0", 0.0)]
    [InlineData("-3", -3.0)]
    [InlineData("12e-1", 1.2)]
    [InlineData("1E+2", 100.0)]
    [InlineData("1e-400", 0.0)]
    [InlineData("1e309", double.PositiveInfinity)]
    [InlineData("0e99999999999", 0.0)]
    public void Scores_are_read_as_Hugging_Face_reads_them(string json, double expected) =>
        Assert.Equal(expected, RustNumber.Parse(json));

    [Theory]
    [InlineData("vocab", "null", "model.vocab")]
    [InlineData("vocab", "{}", "model.vocab")]
    [InlineData("vocab", "[]", "holds no tokens")]
    [InlineData("vocab", """[["a"]]""", "model.vocab")]
    [InlineData("vocab", """[["a","b"]]""", "model.vocab")]
    [InlineData("vocab", """[[1,2]]""", "model.vocab")]
    [InlineData("vocab", """[["a",0,0]]""", "model.vocab")]
    [InlineData("vocab", """[["a",0],["a",0]]""", "'a' twice")]
    [InlineData("vocab", """[["a",1e999]]""", "'a'")]
    [InlineData("vocab", """[["a",0]]""", "model.unk_id is 3")]
    [InlineData("unk_id", "null", "model.unk_id")]
    [InlineData("unk_id", "-1", "model.unk_id")]
    [InlineData("unk_id", "1400", "1400 tokens")]
    [InlineData("unk_id", "1e99", "model.unk_id")]
    [InlineData("byte_fallback", "1", "model.byte_fallback")]
    public void An_invalid_member_of_the_model_is_named(string member, string json, string named) =>
        AssertRefused(() => Change(Cls, root => root["model"]![member] = JsonNode.Parse(json)), FileName, named);

    [Theory]
    [InlineData("normalizer", """{"type":"Strip","strip_left":1,"strip_right":true}""", "normalizer.strip_left")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":""}""", "normalizer.pattern is empty")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Other":"a"},"content":""}""", "neither Regex nor String")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"a"}}""", "normalizer.content")]
    [InlineData("normalizer", """{"type":"Prepend","prepend":""}""", "normalizer.prepend is empty")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":""}""", "pre_tokenizer.replacement")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "'ab'")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "'last'")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "is false")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","split":0}""", "pre_tokenizer.split")]
    public void An_invalid_stage_is_named(string stage, string json, string named) =>
        AssertRefused(() => Change(Cls, root => root[stage] = JsonNode.Parse(json)), FileName, named);

    [Theory]
    [InlineData("normalizer", """{"type":"Strip","strip_left":true,"strip_right":true}""")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":""}""")]
    [InlineData("pre_tokenizer", """
        {"type":"Sequence",
        "pretokenizers":[{"type":"Whitespace"},{"type":"Metaspace","replacement":"_","prepend_scheme":"first"}]}
        """)]
    public void A_scheme_that_depends_on_the_start_of_a_text_is_refused_if_that_is_unknown(string stage, string json) =>
        AssertRefused(
            () => Change(Cls, root =>
            {
                root["pre_tokenizer"]!["prepend_scheme"] = "first";
                root[stage] = JsonNode.Parse(json);
            }),
            FileName,
            "first");

    [Theory]
    [InlineData("", "0 bytes")]
    [InlineData("!", "base64")]
    [InlineData("/////w==", "4294967295")]
    [InlineData("AAAAAA==", "its trie")]
    [InlineData("BAAAAAAAAAD/", "UTF-8")]
    public void A_damaged_map_is_named(string map, string named) =>
        AssertRefused(() => Change(Cls, root => SetMap(root, map)), FileName, "precompiled_charsmap", named);

    // Units of a double array: an offset, whether there is an entry, and the byte. See the remarks of CharacterMap.
    [Theory]
    [InlineData((0x1FFu << 10) | 0x100 | 'a', "leads to")]
    [InlineData((0u << 10) | 0x100 | 'a', "no text")]
    public void An_entry_that_leads_out_of_its_map_is_named(uint child, string named)
    {
        var units = new uint['a' + 1];
        units['a'] = child;
        byte[] map = [.. BitConverter.GetBytes(units.Length * sizeof(uint)), .. units.SelectMany(BitConverter.GetBytes)];

        AssertRefused(
            () => Change(Cls, root => SetMap(root, Convert.ToBase64String(map))), FileName, "precompiled_charsmap", named);
    }

    [Theory]
    [InlineData("sentencepiece.bpe.model")]
    [InlineData("spiece.model")]
    [InlineData("tokenizer.model")]
    public void A_SentencePiece_file_alone_is_refused_and_the_needed_file_is_named(string name)
    {
        File.WriteAllBytes(_folder.File(name), [10, 4]);

        AssertRefused(
            () => TokenizerReader.Read(new ModelFolder(Path.GetDirectoryName(_folder.File(name))!, "model")),
            "tokenizer.json is missing",
            name,
            "not read");
    }

    // Quadratic time would take minutes.
    [Theory]
    [InlineData("a", 1_000_000)]
    [InlineData("aGVsbG8+d29ybGQ/", 100_000)]
    [InlineData("int x = f(y, 1); ", 100_000)]
    [InlineData("中", 1_000_000)]
    [InlineData("\u0301", 1_000_000)]
    [InlineData("©\u200d", 500_000)]
    public void A_long_word_takes_linear_time(string part, int count)
    {
        Tokenizer tokenizer = Change(Cls, root => root["pre_tokenizer"]!["split"] = false);
        string text = string.Concat(Enumerable.Repeat(part, count));
        var watch = Stopwatch.StartNew();

        tokenizer.Encode(text, MaxLength, TestContext.Current.CancellationToken);

        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_long_word_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        TokenizerModel model = TokenizerReader.Read(Folder(Cls)).Model;
        stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => model.Encode(new string('a', 100_000), [], stop.Token));
    }

    private static string[] ReadLines() => File.ReadAllLines(Repository.Fixture("unigram-stages.jsonl"));

    private static string ReadMap() => (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(Mean).Path, FileName)))!
        ["normalizer"]!["precompiled_charsmap"]!;

    private static void SetMap(JsonObject root, string map) =>
        root["normalizer"]!["normalizers"]![0]!["precompiled_charsmap"] = map;

    private static ModelFolder Folder(string model) =>
        new(Path.GetDirectoryName(Repository.Fixture($"architectures/{model}/{FileName}"))!, model);

    private static int[] Encode(Tokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];

    private static void AssertIds(Tokenizer tokenizer, IEnumerable<string> texts, string expected)
    {
        IEnumerable<string> ids = texts.Select((text, line) =>
            $"text {line}: {string.Join(' ', tokenizer.Encode(text, MaxLength, TestContext.Current.CancellationToken).Ids)}");

        Assert.Equal(
            File.ReadLines(Repository.Fixture($"architectures/{expected}"))
                .Select((text, line) => $"text {line}: {string.Join(' ', JsonSerializer.Deserialize<int[]>(text)!)}"),
            ids);
    }

    private static void AssertRefused(Action read, params string[] named)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(read);

        Assert.All(named, text => Assert.Contains(text, exception.Message, StringComparison.Ordinal));
    }

    private Tokenizer Change(string model, Action<JsonObject> change)
    {
        JsonObject root = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(model).Path, FileName)))!.AsObject();
        change(root);
        return Write(root.ToJsonString());
    }

    private Tokenizer Write(string json)
    {
        string path = _folder.File(FileName);
        File.WriteAllText(path, json);
        return TokenizerReader.Read(new ModelFolder(Path.GetDirectoryName(path)!, "model"));
    }
}
