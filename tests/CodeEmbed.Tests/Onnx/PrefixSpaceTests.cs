using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A tokenizer that adds a space before text.</summary>
/// <remarks>
///   The ids come from Hugging Face's tokenizers 0.23.2 with <c>add_prefix_space</c> in the tokenizer.json of tiny-roberta.
/// </remarks>
public sealed class PrefixSpaceTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("", new[] { 0, 2 })]
    [InlineData("return x", new[] { 0, 1009, 704, 224, 91, 2 })]
    [InlineData(" return x", new[] { 0, 1009, 704, 224, 91, 2 })]
    [InlineData("  return x", new[] { 0, 224, 1009, 704, 224, 91, 2 })]
    [InlineData("\tx", new[] { 0, 224, 201, 91, 2 })]
    [InlineData("\u00a0x", new[] { 0, 224, 130, 258, 91, 2 })]
    [InlineData("\U0001F600", new[] { 0, 224, 176, 257, 250, 226, 2 })]
    [InlineData("<s>", new[] { 0, 0, 2 })]
    [InlineData("a<mask>b", new[] { 0, 261, 1260, 279, 2 })]
    [InlineData("return <s>return</s> return", new[] { 0, 1009, 704, 224, 0, 1009, 704, 2, 1009, 704, 2 })]
    public void Each_piece_of_text_that_starts_without_a_space_gets_one(string text, int[] ids)
    {
        _model.Patch("tokenizer_config.json", config => config["add_prefix_space"] = true);

        Assert.Equal(ids, _model.Encode(text));
    }

    [Fact]
    public void Text_is_unchanged_if_the_files_do_not_specify_it()
    {
        Assert.Equal([0, 1190, 704, 224, 91, 2], _model.Encode("return x"));
    }
}
