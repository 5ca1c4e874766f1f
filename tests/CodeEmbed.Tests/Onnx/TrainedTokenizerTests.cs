using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The files that <c>ByteLevelBPETokenizer</c> of Hugging Face's tokenizers writes for custom tokenizers.</summary>
public sealed class TrainedTokenizerTests : IDisposable
{
    private const string Text = "def Add(A, b):\r\n    return A + b\n";

    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    // The ids come from Hugging Face's tokenizers.
    [Fact]
    public void BertProcessing_adds_its_tokens_around_a_text()
    {
        _model.UseTokenizerJson(
            root => root["post_processor"] = JsonNode.Parse("""{"type":"BertProcessing","sep":["</s>",2],"cls":["<s>",0]}"""));

        Assert.Equal(
            [0, 71, 895, 1219, 71, 11, 36, 15, 279, 12, 29, 205, 202, 224, 224, 224, 1009, 704, 321, 224, 14, 279, 202, 2],
            _model.Encode(Text));
    }

    [Fact]
    public void Lowercase_is_applied_before_anything_is_split()
    {
        _model.UseTokenizerJson(
            root => root["normalizer"] = JsonNode.Parse(
                """{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Lowercase"}]}"""));

        Assert.Equal(
            [0, 71, 895, 755, 11, 68, 15, 279, 12, 29, 205, 202, 224, 224, 224, 1009, 704, 261, 224, 14, 279, 202, 2],
            _model.Encode(Text));
    }

    // From UnicodeData.txt and SpecialCasing.txt, each character separately, as in Rust's char::to_lowercase: a sigma at the end
    // of a word is like any other.
    [Theory]
    [InlineData("AZaz09_", "azaz09_")]
    [InlineData("ÄÖÜẞ", "äöüß")]
    [InlineData("ΟΔΟΣ", "οδοσ")]
    [InlineData("İI", "i\u0307i")]
    [InlineData("ıſ", "ıſ")]
    [InlineData("\u212A\u2126\u212B", "k\u03C9\u00E5")]
    [InlineData("ЖЏ", "жџ")]
    [InlineData("ǅ", "ǆ")]
    [InlineData("\U00010400", "\U00010428")]
    [InlineData("\u1C89\uA7CB\uA7CC\uA7DA\uA7DC\U00010D50\U00010D65", "\u1C8A\u0264\uA7CD\uA7DB\u019B\U00010D70\U00010D85")]
    [InlineData("\uA7CE\uA7D2\uA7D4\U00016EA0\U00016EB8", "\uA7CF\uA7D3\uA7D5\U00016EBB\U00016ED3")]
    public void Each_character_has_Unicodes_lower_case(string text, string expected) =>
        Assert.Equal(expected, new LowercaseNormalizer().Normalize(text));

    // char::to_lowercase of Rust 1.95 and toLowerCase of Node 20 gave the same list, with Unicode 17.
    [Fact]
    public void All_characters_have_Unicodes_lower_case()
    {
        const string Expected = "14e4d2a510645950984ce764b74716433494687d8a12784cf17f6357f1479ce3";
        var normalizer = new LowercaseNormalizer();
        var list = new List<string>();
        foreach (int value in Enumerable.Range(0, 0x110000).Where(Rune.IsValid))
        {
            string text = char.ConvertFromUtf32(value), lower = normalizer.Normalize(text);
            if (lower != text)
                list.Add($"{value:X};{string.Join(' ', lower.EnumerateRunes().Select(rune => $"{rune.Value:X}"))}\n");
        }

        Assert.Equal(Expected, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(list)))));
    }
}
