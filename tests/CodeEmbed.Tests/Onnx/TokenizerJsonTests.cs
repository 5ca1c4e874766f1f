using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Tokenizers from tokenizer.json, compared with Hugging Face's tokenizers.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(TokenizerCases.Names), MemberType = typeof(TokenizerCases))]
    public void Ids_equal_Hugging_Faces_ids_for_every_text(string name)
    {
        Tokenizer tokenizer = TokenizerCases.Read(name);

        IEnumerable<string> ids = TokenizerCases.Texts.Select(
            (text, line) =>
                Describe(line, tokenizer.Encode(text, TokenizerCases.MaxLength, TestContext.Current.CancellationToken).Ids));

        Assert.Equal(TokenizerCases.Ids(name).Select((expected, line) => Describe(line, expected)), ids);
    }

    [Fact]
    public void Several_threads_get_the_same_ids_as_one()
    {
        Tokenizer tokenizer = TokenizerCases.Read("llama-3");
        string[] expected = [.. TokenizerCases.Ids("llama-3").Select((ids, line) => Describe(line, ids))];

        Parallel.For(0, 4, _ =>
        {
            IEnumerable<string> ids = TokenizerCases.Texts.Select(
                (text, line) => Describe(line, tokenizer.Encode(text, TokenizerCases.MaxLength, default).Ids));
            Assert.Equal(expected, ids);
        });
    }

    [Fact]
    public void A_model_needs_no_other_tokenizer_file()
    {
        float[] expected = [.. _model.Embed("a <mask> b").Vector];
        _model.UseTokenizerJson(_ => { });

        Assert.Equal(expected, _model.Embed("a <mask> b").Vector);
    }

    // Hugging Face's tokenizers read nothing else. 68 is 'a', 91 'x'.
    [Fact]
    public void It_takes_precedence_over_the_other_files()
    {
        _model.UseTokenizerJson(root => root["post_processor"] = null);
        File.Copy(Repository.Fixture("tiny-roberta/merges.txt"), _model.File("merges.txt"));
        _model.Patch("vocab.json", vocabulary => vocabulary["a"] = 91);

        Assert.Equal([68], _model.Encode("a"));
    }

    // The same truncation as setTruncation(max_length) in tokenizers 0.23.2: 0 is <s>, 1260 <mask>, 2 </s>, 3 <unk>.
    [Theory]
    [InlineData(6, new[] { 0, 1260, 91, 17, 2, 3 }, 1)]
    [InlineData(7, new[] { 0, 1260, 91, 17, 91, 2, 3 }, 0)]
    public void A_truncated_text_keeps_all_special_tokens(int maxLength, int[] ids, int truncated)
    {
        _model.UseTokenizerJson(root => root["post_processor"] = Template("<s>", "<mask>", null, "</s>", "<unk>"));

        TokenSequence tokens = _model.ReadTokenizer().Encode("x.x", maxLength, TestContext.Current.CancellationToken);

        Assert.Equal(ids.Select(id => (long)id), tokens.Ids);
        Assert.Equal(truncated, tokens.TruncatedTokens);
    }

    [Fact]
    public void More_special_tokens_than_the_maximum_length_are_refused()
    {
        _model.UseTokenizerJson(root => root["post_processor"] = Template("<s>", "<mask>", null, "</s>"));
        using var service = new OnnxEmbeddingService(_model.Options with { MaxLength = 3 });

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(
            () => service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken));

        Assert.Equal("MaxLength", exception.Option);
        Assert.Contains("3 special tokens", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_without_tokens_is_named()
    {
        _model.UseTokenizerJson(root => root["post_processor"] = null);

        EmbeddingException exception = Assert.Throws<EmbeddingException>(() => _model.Embed(string.Empty));

        Assert.Contains("no tokens", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truncation", """{"max_length":3,"strategy":"LongestFirst","stride":0,"direction":"Right"}""")]
    [InlineData(
        "padding",
        """{"strategy":{"Fixed":20},"direction":"Right","pad_to_multiple_of":null,"pad_id":1,"pad_type_id":0"""
        + ""","pad_token":"<pad>"}""")]
    [InlineData("decoder", """{"type":"Metaspace"}""")]
    [InlineData("something", "[]")]
    public void Members_that_change_no_id_are_ignored(string member, string json)
    {
        _model.UseTokenizerJson(root => root[member] = JsonNode.Parse(json));

        Assert.Equal([0, 68, 1260, 279, 2], _model.Encode("a <mask> b"));
    }

    private static JsonObject Template(params string?[] pieces)
    {
        var ids = new Dictionary<string, int> { ["<s>"] = 0, ["</s>"] = 2, ["<unk>"] = 3, ["<mask>"] = 1260 };
        JsonNode Piece(string kind, string id) => new JsonObject { [kind] = new JsonObject { ["id"] = id, ["type_id"] = 0 } };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(
                [.. pieces.Select(piece => piece is null ? Piece("Sequence", "A") : Piece("SpecialToken", piece))]),
            ["special_tokens"] = new JsonObject(ids.Select(entry => KeyValuePair.Create(
                entry.Key, (JsonNode?)new JsonObject { ["id"] = entry.Key, ["ids"] = new JsonArray(entry.Value) }))),
        };
    }

    private static string Describe<T>(int line, IEnumerable<T> ids) => $"text {line}: {string.Join(' ', ids)}";
}
