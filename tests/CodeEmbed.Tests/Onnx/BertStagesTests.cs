using System.Text.Json;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The output of BERT's normalizer and pre-tokenizer, compared with Hugging Face's tokenizers 0.23.2.</summary>
/// <remarks>See tests/reference_bert_stages.mjs, which generated the fixture.</remarks>
public sealed class BertStagesTests
{
    private static readonly JsonElement[] Cases =
        [.. File.ReadLines(Repository.Fixture("bert-stages.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public void Words_match_Hugging_Face_for_every_text_and_every_flag()
    {
        Assert.NotEmpty(Cases);
        Assert.All(Cases, entry =>
        {
            JsonElement flags = entry.GetProperty("flags");
            bool? stripAccents = flags.TryGetProperty("stripAccents", out JsonElement stated) ? stated.GetBoolean() : null;
            var normalizer = new BertNormalizer(
                flags.GetProperty("cleanText").GetBoolean(),
                flags.GetProperty("handleChineseChars").GetBoolean(),
                stripAccents,
                flags.GetProperty("lowercase").GetBoolean(),
                "the test");

            Assert.Equal(
                entry.GetProperty("words").EnumerateArray().Select(word => word.GetString()!),
                Split(normalizer.Normalize(entry.GetProperty("text").GetString()!)));
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \t\n")]
    public void A_text_without_words_has_none(string text) => Assert.Empty(Split(text));

    private static IEnumerable<string> Split(string text) =>
        new BertPreTokenizer().Split(text.AsMemory(), TestContext.Current.CancellationToken).Select(word => word.ToString());
}
