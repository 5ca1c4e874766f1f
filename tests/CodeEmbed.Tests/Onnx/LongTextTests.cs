using System.Text;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenization;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Texts and words of thousands of characters, which are encoded in another way than short ones.</summary>
/// <remarks>The ids are those of Hugging Face's tokenizers 0.23.2. 401 is 'ab', 91 'x', 17 '.', 202 a line feed, 632 two, 201 a tab.</remarks>
public sealed class LongTextTests
{
    private static readonly TokenizerDefinition Files = TokenizerDefinition.Read(new ModelFolder(FixtureModels.Folder(FixtureModels.Tiny), FixtureModels.Tiny));

    private static readonly int[][] ExpectedIds = ExpectedValues.Ids(FixtureModels.Tiny);

    /// <summary>Texts whose ids are those of their words alone: no added token in them, none cut to 512.</summary>
    public static TheoryData<int> PlainTexts { get; } =
    [
        .. Enumerable.Range(0, ExpectedValues.Texts.Length)
            .Where(line => !ExpectedValues.Texts[line].Contains('<', StringComparison.Ordinal) && ExpectedIds[line].Length < 512),
    ];

    [Theory]
    [MemberData(nameof(PlainTexts))]
    public void The_encoder_of_long_words_gives_the_ids_of_Hugging_Face_for_any_word(int line)
    {
        string text = ExpectedValues.Texts[line];
        var encoder = new LongWordEncoder(Files);
        var ids = new List<int>();
        foreach ((int offset, int length) in Gpt2PreTokenizer.Split(text))
            encoder.Encode(Encoding.UTF8.GetBytes(text, offset, length), ids, TestContext.Current.CancellationToken);

        Assert.Equal(ExpectedIds[line][1..^1], ids);
    }

    [Theory]
    [InlineData("", 2_000, "")]
    [InlineData("", 2_047, "")]
    [InlineData("", 2_048, "")]
    [InlineData("", 3_000, "")]
    [InlineData("!", 3_000, "!")]
    [InlineData("", 3_000, "\n\n")]
    public void A_word_of_any_length_is_merged_from_its_letters(string before, int pairs, string after)
    {
        int[] Short(string text) => text switch { "!" => [4], "\n\n" => [632], _ => [] };

        Assert.Equal([0, .. Short(before), .. Enumerable.Repeat(401, pairs), .. Short(after), 2], Encode($"{before}{Repeat("ab", pairs)}{after}"));
    }

    [Theory]
    [InlineData("a\n\n", new[] { 68, 202, 202 })]
    [InlineData("a \t", new[] { 68, 224, 201 })]
    [InlineData("\n", new[] { 202 })]
    public void White_space_before_a_long_word_is_split_as_before_a_short_one(string before, int[] ids)
    {
        Assert.Equal([0, .. ids, .. Enumerable.Repeat(401, 3_000), 2], Encode(before + Repeat("ab", 3_000)));
    }

    // The blank line lies at every place from 4,080 to 4,110, and at 8,190 to 8,200.
    [Fact]
    public void A_blank_line_in_a_long_text_is_split_the_same_wherever_it_lies()
    {
        Assert.All([.. Enumerable.Range(4_080, 30), .. Enumerable.Range(8_190, 10)], place =>
        {
            // 'x' and '.' in turn: each is a word and a token.
            int[] filler = [.. Enumerable.Range(0, place).Select(i => i % 2 == 0 ? 91 : 17)];
            string text = string.Concat(filler.Select(id => id == 91 ? 'x' : '.'));

            Assert.Equal([0, .. filler, 202, 202, 91, 2], Encode(text + "\n\nx"));
        });
    }

    [Fact]
    public void The_ids_of_a_long_text_are_counted_although_they_are_cut_off()
    {
        TokenSequence tokens = new ByteLevelBpeTokenizer(Files).Encode(Repeat("ab", 100_000), 512, TestContext.Current.CancellationToken);

        Assert.Equal((512, 100_000 - 510), (tokens.Ids.Length, tokens.TruncatedTokens));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static int[] Encode(string text) =>
        [.. new ByteLevelBpeTokenizer(Files).Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];
}
