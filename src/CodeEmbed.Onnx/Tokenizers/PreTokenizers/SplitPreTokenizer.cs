using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits text at what a pattern matches: <c>Split</c> in Hugging Face's tokenizers.</summary>
internal sealed class SplitPreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
    private readonly string _pattern;
    private readonly OnigurumaPattern? _expression;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;

    /// <summary>Creates a pre-tokenizer.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isExpression">Whether the pattern is a regular expression, instead of literal text.</param>
    /// <param name="behavior">What happens to matched text.</param>
    /// <param name="invert">Whether to swap matched and unmatched text.</param>
    /// <exception cref="ModelFormatException">The pattern cannot be run.</exception>
    public SplitPreTokenizer(string pattern, bool isExpression, SplitBehavior behavior, bool invert)
    {
        (_pattern, _behavior, _invert) = (pattern, behavior, invert);
        _expression = isExpression ? new OnigurumaPattern(pattern) : null;
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Split"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Split", _behavior, _invert, _expression is not null, _pattern);

    /// <summary>Whether it does what <see cref="Gpt2Pattern"/> does.</summary>
    public bool IsGpt2 => _expression is not null && _pattern == Gpt2Pattern.Pattern && _behavior == SplitBehavior.Isolated;

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json)
    {
        (string pattern, bool isExpression) = json.Pattern("pattern");
        string behavior = json.String("behavior");
        if (!Enum.TryParse(behavior, out SplitBehavior known) || behavior != known.ToString())
        {
            throw new ModelFormatException(
                $"{json.NameOf("behavior")} is {MessageText.Quote(behavior)} in {TokenizerJson.FileName}; "
                + $"supported: {string.Join(", ", Enum.GetNames<SplitBehavior>())}.");
        }

        return new SplitPreTokenizer(pattern, isExpression, known, json.Boolean("invert"));
    }

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken) =>
        TextSplit.Make(text, _expression?.FindMatches(text.Span, cancellationToken) ?? FindText(text), _behavior, _invert);

    private IEnumerable<(int Start, int End)> FindText(ReadOnlyMemory<char> text)
    {
        int end = 0;
        for (int found; (found = text.Span[end..].IndexOf(_pattern, StringComparison.Ordinal)) >= 0;)
        {
            int start = end + found;
            end = start + _pattern.Length;
            yield return (start, end);
        }
    }
}
