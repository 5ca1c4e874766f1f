using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Tokenizers;
using CodeEmbed.Onnx.Tokenizers.Models;
using CodeEmbed.Onnx.Tokenizers.PreTokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Texts and words of thousands of characters, which are encoded differently from short ones.</summary>
/// <remarks>
///   The ids come from Hugging Face's tokenizers 0.23.2. 401 is 'ab', 91 'x', 17 '.', 202 a line feed, 632 two, 201 a tab.
/// </remarks>
public sealed class LongTextTests
{
    private static readonly Tokenizer Files = TokenizerReader.Read(
        new ModelFolder(FixtureModels.Folder(FixtureModels.Tiny), FixtureModels.Tiny));

    private static readonly int[][] ExpectedIds = ExpectedValues.Ids(FixtureModels.Tiny);

    /// <summary>Texts whose ids are the ids of their words: they have no added token, and none is truncated to 512.</summary>
    public static TheoryData<int> PlainTexts { get; } =
    [
        .. Enumerable.Range(0, ExpectedValues.Texts.Length)
            .Where(line => !ExpectedValues.Texts[line].Contains('<', StringComparison.Ordinal) && ExpectedIds[line].Length < 512),
    ];

    [Theory]
    [MemberData(nameof(PlainTexts))]
    public void The_encoder_for_long_words_gives_the_ids_of_Hugging_Face_for_any_word(int line)
    {
        string text = ExpectedValues.Texts[line];
        var model = (BpeModel)Files.Model;
        var ids = new List<int>();
        foreach (ReadOnlyMemory<char> word in Gpt2Pattern.Split(text.AsMemory()))
            model.EncodeLong(word.Span, ids, TestContext.Current.CancellationToken);

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

        Assert.Equal(
            [0, .. Short(before), .. Enumerable.Repeat(401, pairs), .. Short(after), 2],
            Encode($"{before}{Repeat("ab", pairs)}{after}"));
    }

    // See Fixtures/make_long_words.mjs.
    [Fact]
    public void A_word_of_thousands_of_letters_has_the_ids_of_Hugging_Face()
    {
        Tokenizer tokenizer = TokenizerReader.Read(
            new ModelFolder(FixtureModels.Folder(FixtureModels.Bundled), FixtureModels.Bundled));

        Assert.All(File.ReadLines(Repository.Fixture("long-words.jsonl")), line =>
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            string alphabet = expected.RootElement.GetProperty("alphabet").GetString()!;
            uint random = expected.RootElement.GetProperty("seed").GetUInt32();
            var word = new StringBuilder();
            for (int i = expected.RootElement.GetProperty("length").GetInt32(); i > 0; i--)
            {
                word.Append(alphabet[(int)((random >> 16) % alphabet.Length)]);
                random = unchecked((1_664_525 * random) + 1_013_904_223);
            }

            long[] ids = tokenizer.Encode(word.ToString(), int.MaxValue, TestContext.Current.CancellationToken).Ids;

            Assert.Equal(expected.RootElement.GetProperty("count").GetInt32(), ids.Length);
            Assert.Equal(
                expected.RootElement.GetProperty("sha256").GetString(),
                Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(',', ids)))));
        });
    }

    // By the definition of byte-pair encoding: 'x' is merged with the 'a' before it first, then with the one before that, and so
    // on until there is no merge left.
    [Theory]
    [InlineData(3_000)]
    [InlineData(4_500)]
    [InlineData(6_000)]
    [InlineData(20_000)]
    public void The_end_of_a_word_affects_tokens_thousands_of_letters_before(int letters)
    {
        const int Longest = 4_500, A = 0, X = 1;
        string[] tokens = ["a", "x", .. Enumerable.Range(1, Longest).Select(count => new string('a', count) + "x")];
        Dictionary<string, int> vocabulary = tokens.Select((token, id) => (token, id)).ToDictionary(
            entry => entry.token, entry => entry.id);
        var model = new BpeModel("the test", vocabulary, [.. tokens[X..^1].Select(token => $"a {token}")]);
        var ids = new List<int>();

        model.EncodeLong(new string('a', letters) + "x", ids, TestContext.Current.CancellationToken);

        int taken = Math.Min(letters, Longest);
        Assert.Equal([.. Enumerable.Repeat(A, letters - taken), X + taken], ids);
    }

    [Theory]
    [InlineData("a\n\n", new[] { 68, 202, 202 })]
    [InlineData("a \t", new[] { 68, 224, 201 })]
    [InlineData("\n", new[] { 202 })]
    public void White_space_before_a_long_word_is_split_like_before_a_short_one(string before, int[] ids)
    {
        Assert.Equal([0, .. ids, .. Enumerable.Repeat(401, 3_000), 2], Encode(before + Repeat("ab", 3_000)));
    }

    // The blank line is at every position from 4,080 to 4,110 and from 8,190 to 8,200.
    [Fact]
    public void A_blank_line_in_a_long_text_is_split_the_same_at_any_position()
    {
        Assert.All([.. Enumerable.Range(4_080, 30), .. Enumerable.Range(8_190, 10)], place =>
        {
            // 'x' and '.' alternate: each is a word and a token.
            int[] filler = [.. Enumerable.Range(0, place).Select(i => i % 2 == 0 ? 91 : 17)];
            string text = string.Concat(filler.Select(id => id == 91 ? 'x' : '.'));

            Assert.Equal([0, .. filler, 202, 202, 91, 2], Encode(text + "\n\nx"));
        });
    }

    [Fact]
    public void The_ids_of_a_long_text_are_counted_although_they_are_truncated()
    {
        TokenSequence tokens = Files.Encode(Repeat("ab", 100_000), 512, TestContext.Current.CancellationToken);

        Assert.Equal((512, 100_000 - 510), (tokens.Ids.Length, tokens.TruncatedTokens));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static int[] Encode(string text) =>
        [.. Files.Encode(text, int.MaxValue, TestContext.Current.CancellationToken).Ids.Select(id => (int)id)];
}
