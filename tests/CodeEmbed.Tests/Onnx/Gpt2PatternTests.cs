using CodeEmbed.Onnx.Tokenizers.PreTokenizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The splitting of text before BPE.</summary>
/// <remarks>
///   The expected pieces are the matches of openai/gpt-2's pattern, <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
///   ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, as in the ByteLevel pre-tokenizer of Hugging Face's tokenizers 0.23.2.
/// </remarks>
public sealed class Gpt2PatternTests
{
    [Theory]
    [InlineData("don't", "don", "'t")]
    [InlineData("can't've", "can", "'t", "'ve")]
    [InlineData("'re're", "'re", "'re")]
    [InlineData("x'rey", "x", "'re", "y")]
    [InlineData("'sx", "'s", "x")]
    public void Contractions_are_separate_pieces(string text, params string[] pieces) => Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("I'LL we'll", "I", "'", "LL", " we", "'ll")]
    [InlineData("''s", "''", "s")]
    [InlineData(" 's", " '", "s")]
    [InlineData("'r e", "'", "r", " e")]
    [InlineData("'\u017f", "'", "\u017f")]
    [InlineData("it\u2019s", "it", "\u2019", "s")]
    public void Text_that_only_looks_like_a_contraction_is_not_one(string text, params string[] pieces) =>
        Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("  x", " ", " x")]
    [InlineData("!? 9", "!?", " 9")]
    [InlineData("' s", "'", " s")]
    [InlineData(" \U0001F600", " \U0001F600")]
    [InlineData("\u200bx y", "\u200b", "x", " y")]
    public void One_space_belongs_to_the_following_word(string text, params string[] pieces) => Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("\t\tx", "\t", "\t", "x")]
    [InlineData(" \tx", " ", "\t", "x")]
    [InlineData("x \n y", "x", " \n", " y")]
    [InlineData("a\r\n\r\nb", "a", "\r\n\r", "\n", "b")]
    [InlineData("a\u00a0b", "a", "\u00a0", "b")]
    [InlineData("a\u00a0 b", "a", "\u00a0", " b")]
    [InlineData("\u3000x", "\u3000", "x")]
    [InlineData("x\u2028y", "x", "\u2028", "y")]
    [InlineData("\u0085x", "\u0085", "x")]
    public void White_space_before_a_word_ends_in_a_piece_of_one_character(string text, params string[] pieces) =>
        Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("x  ", "x", "  ")]
    [InlineData("   ", "   ")]
    [InlineData(" ", " ")]
    [InlineData("x\n\n\t ", "x", "\n\n\t ")]
    public void White_space_at_the_end_is_one_piece(string text, params string[] pieces) => Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("a_b", "a", "_", "b")]
    [InlineData("x1y", "x", "1", "y")]
    [InlineData("1½Ⅷ٣a", "1½Ⅷ٣", "a")]
    [InlineData("²¼", "²¼")]
    [InlineData("ªºµ", "ªºµ")]
    [InlineData("\u01c5\u02b0\u4e00x", "\u01c5\u02b0\u4e00x")]
    [InlineData("e\u0301", "e", "\u0301")]
    [InlineData("\u09be\u0995", "\u09be", "\u0995")]
    [InlineData("\u180ex", "\u180e", "x")]
    [InlineData("\u001cx", "\u001c", "x")]
    [InlineData("x\0y", "x", "\0", "y")]
    public void Letters_numbers_and_other_characters_are_separated(string text, params string[] pieces) =>
        Assert.Equal(pieces, Split(text));

    [Theory]
    [InlineData("\U0001D49C\U0001D4B7x \U0001D465", "\U0001D49C\U0001D4B7x", " \U0001D465")]
    [InlineData("\U0001D7D81", "\U0001D7D81")]
    [InlineData("\U00010330\u16ee9", "\U00010330", "\u16ee9")]
    [InlineData("\U0001F600b", "\U0001F600", "b")]
    [InlineData("\U0001E900\U0001F100\U00010D30", "\U0001E900", "\U0001F100\U00010D30")]
    public void Letters_and_numbers_beyond_the_basic_plane_are_recognized(string text, params string[] pieces) =>
        Assert.Equal(pieces, Split(text));

    [Fact]
    public void A_text_without_characters_has_no_pieces() => Assert.Empty(Split(string.Empty));

    private static IEnumerable<string> Split(string text) =>
        Gpt2Pattern.Split(text.AsMemory()).Select(piece => piece.ToString());
}
