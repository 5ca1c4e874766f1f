using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Token ids, compared with Hugging Face's tokenizers.</summary>
public sealed class TokenIdTests
{
    private const int MaxLength = 512;

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Ids_equal_Hugging_Faces_ids_for_every_text(string form)
    {
        Tokenizer tokenizer = Read(form);

        IEnumerable<string> ids = ExpectedValues.Texts.Select(
            (text, line) => Describe(line, Encode(tokenizer, text, MaxLength).Ids));

        Assert.Equal(ExpectedValues.Ids(form).Select((expected, line) => Describe(line, expected)), ids);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(511)]
    public void A_truncated_text_keeps_its_first_tokens_and_both_special_ones(int maxLength)
    {
        Tokenizer tokenizer = Read(FixtureModels.Tiny);

        IEnumerable<string> ids = ExpectedValues.Texts.Select(
            (text, line) => Describe(line, Encode(tokenizer, text, maxLength).Ids));

        Assert.Equal(
            ExpectedValues.Ids(FixtureModels.Tiny).Select((expected, line) => Describe(line, Cut(expected, maxLength))), ids);
    }

    // The lengths from tokenizers 0.23.2 for texts 51, 53 and 60 to 68 without truncation.
    [Theory]
    [InlineData(FixtureModels.Tiny, new[] { 702, 602, 296, 515, 785, 851, 890, 901, 1016, 2021, 5137 })]
    [InlineData(FixtureModels.Bundled, new[] { 702, 21, 195, 330, 501, 545, 564, 565, 651, 1298, 3289 })]
    public void Truncated_tokens_are_counted(string form, int[] lengths)
    {
        Tokenizer tokenizer = Read(form);
        string[] texts = [ExpectedValues.Texts[51], ExpectedValues.Texts[53], .. ExpectedValues.Texts[60..]];

        IEnumerable<int> cutOff = texts.Select(text => Encode(tokenizer, text, MaxLength).TruncatedTokens);

        Assert.Equal(lengths.Select(length => Math.Max(length - MaxLength, 0)), cutOff);
    }

    [Fact]
    public void Nothing_is_truncated_at_the_exact_length_of_the_text()
    {
        // Text 0 has 22 ids.
        TokenSequence tokens = Encode(Read(FixtureModels.Tiny), ExpectedValues.Texts[0], 22);

        Assert.Equal(0, tokens.TruncatedTokens);
    }

    // Written as code units: a lone surrogate does not survive in an attribute. The ids come from tokenizers 0.23.2 for the text
    // with U+FFFD instead of each lone surrogate.
    [Theory]
    [InlineData(new[] { 0x61, 0xD800, 0x62 }, new[] { 0, 68, 175, 127, 125, 69, 2 })]
    [InlineData(new[] { 0x61, 0xDFFF, 0x62 }, new[] { 0, 68, 175, 127, 125, 69, 2 })]
    [InlineData(new[] { 0xD83D }, new[] { 0, 175, 127, 125, 2 })]
    [InlineData(new[] { 0xDE00, 0xD83D }, new[] { 0, 175, 127, 125, 175, 127, 125, 2 })]
    [InlineData(new[] { 0xD83D, 0xD83D, 0xDE00 }, new[] { 0, 175, 127, 125, 176, 257, 250, 226, 2 })]
    [InlineData(new[] { 0x78, 0x20, 0xD83D, 0xD83D, 0x20, 0x79 }, new[] { 0, 91, 224, 175, 127, 125, 175, 127, 125, 335, 2 })]
    public void A_lone_surrogate_is_read_as_the_replacement_character(int[] codeUnits, int[] expected)
    {
        string text = string.Concat(codeUnits.Select(unit => (char)unit));

        long[] ids = Encode(Read(FixtureModels.Tiny), text, MaxLength).Ids;

        Assert.Equal(expected, ids.Select(id => (int)id));
    }

    [Fact]
    public void Several_threads_get_the_same_ids_as_one()
    {
        Tokenizer tokenizer = Read(FixtureModels.Bundled);
        string[] expected = [.. ExpectedValues.Ids(FixtureModels.Bundled).Select((ids, line) => Describe(line, ids))];

        Parallel.For(0, 8, _ =>
        {
            IEnumerable<string> ids = ExpectedValues.Texts.Select(
                (text, line) => Describe(line, Encode(tokenizer, text, MaxLength).Ids));
            Assert.Equal(expected, ids);
        });
    }

    private static Tokenizer Read(string form) => TokenizerReader.Read(new ModelFolder(FixtureModels.Folder(form), form));

    private static TokenSequence Encode(Tokenizer tokenizer, string text, int maxLength) =>
        tokenizer.Encode(text, maxLength, TestContext.Current.CancellationToken);

    private static int[] Cut(int[] ids, int maxLength) => ids.Length <= maxLength ? ids : [.. ids[..(maxLength - 1)], ids[^1]];

    private static string Describe<T>(int line, IEnumerable<T> ids) => $"text {line}: {string.Join(' ', ids)}";
}
