using CodeEmbed.Errors;
using Xunit;

namespace CodeEmbed.Tests.Core;

public sealed class MessageTextTests
{
    [Theory]
    [InlineData("gelu", "'gelu'")]
    [InlineData("\u001b[2Jgelu\u0007", "'\\u001b[2Jgelu\\u0007'")]
    [InlineData("\u009b31m", "'\\u009b31m'")]
    [InlineData("a\nb\u2028c", "'a\\u000ab\\u2028c'")]
    [InlineData("abc\u202ecba", "'abc\\u202ecba'")]
    [InlineData("é 中 😀", "'é 中 😀'")]
    public void A_quoted_value_shows_control_characters_escaped(string value, string quoted) =>
        Assert.Equal(quoted, MessageText.Quote(value));

    [Fact]
    public void Half_of_a_character_is_shown_escaped() => Assert.Equal("'half \\ud83d'", MessageText.Quote("half \ud83d"));

    [Fact]
    public void A_quoted_value_is_truncated() =>
        Assert.Equal($"'{new string('6', MessageText.QuoteLength)}…'", MessageText.Quote(new string('6', 1_000_000)));

    [Fact]
    public void Truncation_does_not_split_a_character() =>
        Assert.Equal(
            $"'{new string('x', MessageText.QuoteLength - 1)}…'",
            MessageText.Quote(new string('x', MessageText.QuoteLength - 1) + "😀😀"));

    [Theory]
    [InlineData("'http://u:pw@h/o/m' is not a model.", "'http://h/o/m' is not a model.")]
    [InlineData("proxy HTTPS://alice:S3@cret@h:1/ and socks5://u@h", "proxy HTTPS://h:1/ and socks5://h")]
    [InlineData("https://h/a@b and o/m@main", "https://h/a@b and o/m@main")]
    public void A_message_does_not_show_the_user_part_of_a_URL(string message, string shown) =>
        Assert.Equal(shown, MessageText.OneLine(message));

    [Fact]
    public void A_batch_is_named_by_the_failed_snippet_and_the_number_of_others()
    {
        string[] ids = [.. Enumerable.Range(1, 1000).Select(id => $"{id}")];

        string message = new EmbeddingException("of a test.", "7").InBatch(3, ids).Message;

        Assert.Equal("Batch 3 with the snippet '7' and 999 others cannot be embedded: of a test.", message);
    }

    [Fact]
    public void A_shortened_value_has_no_quotes() => Assert.Equal("12\\u001b", MessageText.Shorten("12\u001b"));

    [Theory]
    [InlineData(0, "nothing")]
    [InlineData(2, "'0', '1'")]
    [InlineData(8, "'0', '1', '2', '3', '4', '5', '6', '7'")]
    [InlineData(100, "'0', '1', '2', '3', '4', '5', '6', '7' and 92 more")]
    public void A_list_of_values_is_truncated(int count, string expected) =>
        Assert.Equal(expected, MessageText.QuoteList(Enumerable.Range(0, count).Select(number => $"{number}")));

    [Fact]
    public void A_message_is_one_line_without_control_characters() =>
        Assert.Equal(
            "one two \\u001b[2J",
            new ModelLoadException("m", "one\r\ntwo \u001b[2J").Message["The model 'm' cannot be loaded: ".Length..]);
}
