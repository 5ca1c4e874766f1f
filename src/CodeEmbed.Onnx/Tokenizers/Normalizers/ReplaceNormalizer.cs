using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>Replaces what a pattern matches: <c>Replace</c> in Hugging Face's tokenizers.</summary>
internal sealed class ReplaceNormalizer : Normalizer, IStage<Normalizer>
{
    private readonly string _pattern, _content;
    private readonly OnigurumaPattern? _expression;

    /// <summary>Creates a normalizer.</summary>
    /// <param name="pattern">The pattern, not empty.</param>
    /// <param name="isExpression">Whether the pattern is a regular expression, instead of literal text.</param>
    /// <param name="content">The replacement.</param>
    /// <exception cref="ModelFormatException">The pattern cannot be run.</exception>
    public ReplaceNormalizer(string pattern, bool isExpression, string content)
    {
        (_pattern, _content) = (pattern, content);
        _expression = isExpression ? new OnigurumaPattern(pattern) : null;
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Replace"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Replace", _expression is not null, _pattern, _content);

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json)
    {
        (string pattern, bool isExpression) = json.Pattern("pattern");
        return new ReplaceNormalizer(pattern, isExpression, json.String("content"));
    }

    /// <inheritdoc/>
    public override bool KeepsBeginning(string space) => _content.StartsWith(space, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string Normalize(string text)
    {
        if (_expression is null)
            return text.Replace(_pattern, _content, StringComparison.Ordinal);

        // Nothing is found in an empty text, even by a pattern that matches it.
        List<(int Start, int End)> matches =
            text.Length == 0 ? [] : _expression.FindMatches(text, CancellationToken.None);
        if (matches.Count == 0)
            return text;

        var replaced = new StringBuilder(text.Length);
        int copied = 0;
        foreach ((int start, int end) in matches)
        {
            replaced.Append(text, copied, start - copied).Append(_content);
            copied = end;
        }

        return replaced.Append(text, copied, text.Length - copied).ToString();
    }
}
