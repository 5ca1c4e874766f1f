using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx.Tokenizers.Regex;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Oniguruma regular expressions.</summary>
/// <remarks>The expected pieces are those that a Split with the pattern isolates in Hugging Face's tokenizers 0.23.2.</remarks>
public sealed class OnigurumaPatternTests
{
    [Theory]
    [InlineData(@"\p{L}", "a\U0001D49Cé1\U00010D4A", "a", "\U0001D49C", "é", "\U00010D4A")]
    [InlineData(@".", "a\U0001F600\n\r", "a", "\U0001F600", "\r")]
    [InlineData(@"[^a]{2}", "\U0001F600\U0001F601ab\U0001F602", "\U0001F600\U0001F601", "b\U0001F602")]
    [InlineData(@"\s+", "a\u0085\u00a0\u3000\u200b\u180e\u001c ", "\u0085\u00a0\u3000", " ")]
    [InlineData(@"\d+", "1\u0663\U0001D7D8½", "1\u0663\U0001D7D8")]
    [InlineData(@"\w+", "_é\u24d0\u200d9", "_é\u24d0", "9")]
    [InlineData(@"\w+", "a²½¾\u2074b", "a²½¾", "b")]
    [InlineData(@"[\w]+", "a²½b", "a", "b")]
    [InlineData(@"\h+", "xfaG09", "fa", "09")]
    [InlineData("[\U0001F600-\U0001F64F]+", "\U0001F600\U0001F64F\U0001F650", "\U0001F600\U0001F64F")]
    public void Characters_are_code_points_and_classes_are_defined_by_Unicode(
        string pattern, string text, params string[] matches) =>
        Assert.Equal(matches, Match(pattern, text));

    [Theory]
    [InlineData("(?i:'s|'k)", "'s'S'\u017f'K'\u212a's", "'s", "'S", "'\u017f", "'K", "'\u212a", "'s")]
    [InlineData("(?i)[i-k]+", "IJ\u212a\u0130\u0131i", "IJ\u212a", "i")]
    [InlineData("a(?i:b)c", "abcaBcABC", "abc", "aBc")]
    public void Without_case_sensitivity_the_long_s_and_Kelvin_match_letters(
        string pattern, string text, params string[] matches) =>
        Assert.Equal(matches, Match(pattern, text));

    [Theory]
    [InlineData("x$", "x\nx\r\nx", "x", "x")]
    [InlineData("^x", "x\nx\rx", "x", "x")]
    [InlineData(@"x\Z", "x\nx\n", "x")]
    [InlineData(@"\Ax|x\z", "xxx", "x", "x")]
    public void Lines_end_only_at_a_line_feed(string pattern, string text, params string[] matches) =>
        Assert.Equal(matches, Match(pattern, text));

    [Theory]
    [InlineData("a++b|a", "aaab", "aaab")]
    [InlineData("a?+a", "aa", "aa")]
    [InlineData("(?>a|ab)c", "acabc", "ac")]
    [InlineData("a{,2}b", "aaab", "aab")]
    [InlineData("a{2,}?", "aaaaa", "aa", "aa")]
    [InlineData("(?<=a)b(?!c)", "abcabd", "b")]
    [InlineData(@"\s?[A-Za-z]+", "t\\\\ \"quoted\" x", "t", "quoted", " x")]
    public void Quantifiers_and_groups_follow_the_Ruby_syntax(string pattern, string text, params string[] matches) =>
        Assert.Equal(matches, Match(pattern, text));

    [Theory]
    [InlineData(@"\bx")]
    [InlineData(@"\R")]
    [InlineData(@"\Gx")]
    [InlineData(@"(a)\1")]
    [InlineData(@"\p{Han}")]
    [InlineData(@"\p{}")]
    [InlineData(@"\pL")]
    [InlineData(@"\p{L")]
    [InlineData(@"\x80")]
    [InlineData(@"\x{110000}")]
    [InlineData(@"\uD800")]
    [InlineData(@"\")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a&&b]")]
    [InlineData("[]")]
    [InlineData("[]a]")]
    [InlineData("[a")]
    [InlineData("[b-a]")]
    [InlineData(@"[a-\w]")]
    [InlineData(@"[\w-a]")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("(?<n>a)")]
    [InlineData("(?m:a)")]
    [InlineData("a(?i)b")]
    [InlineData("(?~a)")]
    [InlineData("(*FAIL)")]
    [InlineData("*a")]
    [InlineData("a**")]
    [InlineData("a{2}+")]
    [InlineData("a{2}?")]
    [InlineData("a{3,2}")]
    [InlineData("(?>a+){2}")]
    [InlineData("(?:(?:b|a++)c)*")]
    [InlineData("a{1001}")]
    [InlineData("a{x}")]
    [InlineData("(?i:é)")]
    [InlineData("(?i:ss)")]
    [InlineData("(?i:fi)")]
    [InlineData("(?i:s+)")]
    [InlineData("(?i:[^a])")]
    [InlineData(@"(?i:\w)")]
    [InlineData(@"(?i:[\w])")]
    [InlineData("(?i:[a-é])")]
    public void Syntax_whose_meaning_may_differ_is_refused_with_the_pattern(string pattern)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => new OnigurumaPattern(pattern));

        Assert.Contains($"'{pattern}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_pattern_is_refused()
    {
        Assert.Throws<ModelFormatException>(() => new OnigurumaPattern(new string('(', 4000) + new string(')', 4000)));
        Assert.Throws<ModelFormatException>(() => new OnigurumaPattern(new string('(', 2000) + new string(')', 2000)));
        Assert.Throws<ModelFormatException>(() => new OnigurumaPattern(new string('[', 2000) + "a" + new string(']', 2000)));
    }

    [Fact]
    public void A_pattern_with_catastrophic_backtracking_ends_in_an_error_that_names_it()
    {
        var pattern = new OnigurumaPattern("(?:a|aa)+$", TimeSpan.FromMilliseconds(50));

        TimeoutException exception = Assert.Throws<TimeoutException>(
            () => pattern.FindMatches(new string('a', 100) + "b", TestContext.Current.CancellationToken));

        Assert.Contains("'(?:a|aa)+$'", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Match(string pattern, string text) =>
        new OnigurumaPattern(pattern).FindMatches(text, TestContext.Current.CancellationToken).Select(
            match => text[match.Start..match.End]);
}
