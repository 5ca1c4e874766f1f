using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Added tokens, which are found verbatim in the text, from each file that can name them.</summary>
/// <remarks>
///   The ids come from Hugging Face's tokenizers 0.23.2 with the same token added to <c>added_tokens</c> in the
///   tokenizer.json of tiny-roberta.
/// </remarks>
public sealed class AddedTokenTests : IDisposable
{
    private const int AddedId = 1261;

    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("a  <sep>  b", new[] { 0, 68, 224, 224, 1261, 224, 279, 2 })]
    [InlineData("a<sep>b", new[] { 0, 68, 1261, 69, 2 })]
    [InlineData(" <sep><sep> ", new[] { 0, 224, 1261, 1261, 224, 2 })]
    [InlineData("9<sep>", new[] { 0, 28, 1261, 2 })]
    public void A_token_without_flags_matches_only_itself(string text, int[] ids)
    {
        AddToDecoder();

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("a  <sep>  b", new[] { 0, 68, 1261, 224, 279, 2 })]
    [InlineData("a<sep>b", new[] { 0, 68, 1261, 69, 2 })]
    [InlineData(" <sep><sep> ", new[] { 0, 1261, 1261, 224, 2 })]
    [InlineData("\u00a0\t\n<sep>\u2003\u0085x", new[] { 0, 1261, 451, 229, 130, 231, 91, 2 })]
    [InlineData("\u200b<sep>\u180ex", new[] { 0, 451, 237, 1261, 161, 258, 240, 91, 2 })]
    [InlineData("\u001c<sep>\u001fx", new[] { 0, 220, 1261, 223, 91, 2 })]
    public void Lstrip_includes_the_white_space_before(string text, int[] ids)
    {
        AddToDecoder("lstrip");

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("a  <sep>  b", new[] { 0, 68, 224, 224, 1261, 69, 2 })]
    [InlineData("a<sep>b", new[] { 0, 68, 1261, 69, 2 })]
    [InlineData(" <sep><sep> ", new[] { 0, 224, 1261, 1261, 2 })]
    [InlineData("\u00a0\t\n<sep>\u2003\u0085x", new[] { 0, 130, 258, 201, 202, 1261, 91, 2 })]
    [InlineData("\u200b<sep>\u180ex", new[] { 0, 451, 237, 1261, 161, 258, 240, 91, 2 })]
    public void Rstrip_includes_the_white_space_after(string text, int[] ids)
    {
        AddToDecoder("rstrip");

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("a  <sep>  b", new[] { 0, 68, 224, 224, 1261, 224, 279, 2 })]
    [InlineData(" <sep><sep> ", new[] { 0, 224, 1261, 1261, 224, 2 })]
    [InlineData(".<sep>.", new[] { 0, 17, 1261, 17, 2 })]
    [InlineData("a<sep>b", new[] { 0, 68, 31, 329, 83, 33, 69, 2 })]
    [InlineData("_<sep> x", new[] { 0, 66, 31, 329, 83, 33, 224, 91, 2 })]
    [InlineData("9<sep>", new[] { 0, 28, 31, 329, 83, 33, 2 })]
    [InlineData("é<sep>", new[] { 0, 131, 106, 31, 329, 83, 33, 2 })]
    [InlineData("e\u0301<sep>!", new[] { 0, 72, 140, 227, 31, 329, 83, 33, 4, 2 })]
    [InlineData("\U0001D538<sep>", new[] { 0, 176, 255, 246, 120, 31, 329, 83, 33, 2 })]
    public void Single_word_requires_no_adjacent_letter_or_digit(string text, int[] ids)
    {
        AddToDecoder("single_word");

        Assert.Equal(ids, _model.Encode(text));
    }

    // Rust's \w also includes Join_Control and Other_Alphabetic: a zero width joiner, a circled letter.
    [Theory]
    [InlineData("\u200d<sep>", new[] { 0, 451, 239, 31, 329, 83, 33, 2 })]
    [InlineData("\u24d0<sep>", new[] { 0, 162, 245, 242, 31, 329, 83, 33, 2 })]
    public void Single_word_counts_joiners_and_circled_letters_as_letters(string text, int[] ids)
    {
        AddToDecoder("single_word");

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("x <r>  <l> y", new[] { 0, 91, 224, 1261, 1262, 335, 2 })]
    [InlineData("<l> <r> <l>", new[] { 0, 1262, 224, 1261, 1262, 2 })]
    public void White_space_that_one_token_includes_is_not_available_to_the_next(string text, int[] ids)
    {
        AddToDecoder("<r>", 1261, "rstrip");
        AddToDecoder("<l>", 1262, "lstrip");

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("<<<S>>>", new[] { 0, 31, 1261, 33, 2 })]
    [InlineData("<<S>", new[] { 0, 31, 31, 54, 33, 2 })]
    [InlineData("x\U0001D538y\U0001D539", new[] { 0, 91, 1262, 92, 176, 255, 246, 121, 2 })]
    public void A_prefix_of_a_token_is_not_a_token(string text, int[] ids)
    {
        AddToDecoder("<<S>>", 1261);
        AddToDecoder("\U0001D538", 1262);

        Assert.Equal(ids, _model.Encode(text));
    }

    [Theory]
    [InlineData("xabcdx", new[] { 0, 91, 1261, 71, 91, 2 })]
    [InlineData("abcbcd", new[] { 0, 1261, 1262, 2 })]
    [InlineData("abab", new[] { 0, 401, 401, 2 })]
    public void The_leftmost_longest_token_wins(string text, int[] ids)
    {
        AddToDecoder("ab", 401);
        AddToDecoder("abc", 1261);
        AddToDecoder("bcd", 1262);

        Assert.Equal(ids, _model.Encode(text));
    }

    // Tokens that are not normalized are found first, regardless of position.
    [Fact]
    public void A_token_that_is_not_normalized_takes_precedence_over_one_that_is()
    {
        AddToDecoder("<x", 1261, "normalized");
        AddToDecoder("x>", 1262);

        Assert.Equal([0, 68, 31, 1262, 69, 2], _model.Encode("a<x>b"));
    }

    [Fact]
    public void Added_tokens_json_names_tokens_and_their_ids()
    {
        _model.Patch("added_tokens.json", tokens => tokens["<sep>"] = AddedId);

        Assert.Equal([0, 68, 224, 224, AddedId, 224, 279, 2], _model.Encode("a  <sep>  b"));
    }

    [Fact]
    public void Added_tokens_decoder_takes_precedence_over_added_tokens_json()
    {
        AddToDecoder("lstrip");
        _model.Patch("added_tokens.json", tokens => tokens["<sep>"] = AddedId + 1);

        Assert.Equal([0, 68, AddedId, 224, 279, 2], _model.Encode("a  <sep>  b"));
    }

    [Theory]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    public void Additional_special_tokens_have_their_ids_from_the_vocabulary(string file)
    {
        _model.Patch("vocab.json", vocabulary => vocabulary["<sep>"] = AddedId);
        _model.Patch(file, root => root["additional_special_tokens"] = new JsonArray("<sep>"));

        Assert.Equal([0, 68, 224, 224, AddedId, 224, 279, 2], _model.Encode("a  <sep>  b"));
    }

    [Fact]
    public void Additional_special_tokens_may_have_flags()
    {
        _model.Patch("vocab.json", vocabulary => vocabulary["<sep>"] = AddedId);
        _model.Patch(
            "special_tokens_map.json", root => root["additional_special_tokens"] = new JsonArray(Token("<sep>", "lstrip")));

        Assert.Equal([0, 68, AddedId, 224, 279, 2], _model.Encode("a  <sep>  b"));
    }

    [Theory]
    [InlineData("\"<mask>\"", new[] { 0, 68, 1260, 279, 2 })]
    [InlineData("""{"content":"<mask>","lstrip":true}""", new[] { 0, 68, 1260, 279, 2 })]
    [InlineData("""{"content":"<mask>","lstrip":false}""", new[] { 0, 68, 224, 1260, 279, 2 })]
    public void The_mask_token_includes_the_space_before_it_unless_its_flags_disable_that(string token, int[] ids)
    {
        _model.Patch("special_tokens_map.json", root => root["mask_token"] = JsonNode.Parse(token));

        Assert.Equal(ids, _model.Encode("a <mask> b"));
    }

    [Fact]
    public void Special_tokens_of_another_model_are_used_as_named_in_its_files()
    {
        // 261 and 279 are the ids of ' a' and ' b' in vocab.json, where the space is written as U+0120.
        _model.Patch("special_tokens_map.json", root => (root["cls_token"], root["sep_token"]) = ("\u0120a", "\u0120b"));

        Assert.Equal([261, 91, 279], _model.Encode("x"));
    }

    [Fact]
    public void A_special_token_without_an_id_is_named()
    {
        _model.Patch("special_tokens_map.json", root => root["cls_token"] = "<cls>");

        Assert.Contains("'<cls>'", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    private static JsonObject Token(string content, params string[] flags)
    {
        var token = new JsonObject
        {
            ["content"] = content,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["single_word"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };
        foreach (string flag in flags)
            token[flag] = true;

        return token;
    }

    private void AddToDecoder(params string[] flags) => AddToDecoder("<sep>", AddedId, flags);

    private void AddToDecoder(string content, int id, params string[] flags) => _model.Patch("tokenizer_config.json", root =>
    {
        if (!root.ContainsKey("added_tokens_decoder"))
            root["added_tokens_decoder"] = new JsonObject();

        root["added_tokens_decoder"]![$"{id}"] = Token(content, flags);
    });
}
