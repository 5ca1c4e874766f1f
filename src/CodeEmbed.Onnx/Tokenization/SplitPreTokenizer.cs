namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Splits text at what a pattern matches: <c>Split</c> of Hugging Face's tokenizers.</summary>
internal sealed class SplitPreTokenizer : IPreTokenizer
{
    private readonly string _pattern;
    private readonly OnigurumaPattern? _expression;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;

    /// <summary>Prepares to split.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isExpression">Whether the pattern is a regular expression, and not text to be found as it is.</param>
    /// <param name="behavior">What becomes of what is matched.</param>
    /// <param name="invert">Whether it is what is not matched that counts as matched.</param>
    /// <exception cref="ModelFormatException">The pattern cannot be run.</exception>
    public SplitPreTokenizer(string pattern, bool isExpression, SplitBehavior behavior, bool invert)
    {
        if (pattern.Length == 0)
            throw new ModelFormatException($"the pattern of a Split in {TokenizerJson.FileName} is empty.");

        (_pattern, _behavior, _invert) = (pattern, behavior, invert);
        _expression = isExpression ? new OnigurumaPattern(pattern) : null;
    }

    /// <inheritdoc/>
    public string Description => $"Split {_behavior} {_invert} {(_expression is null ? "String" : "Regex")} {_pattern}";

    /// <summary>Whether it does what <see cref="Gpt2PreTokenizer"/> does.</summary>
    public bool IsGpt2 => _expression is not null && _pattern == Gpt2PreTokenizer.Pattern && _behavior == SplitBehavior.Isolated;

    /// <inheritdoc/>
    public IReadOnlyList<(int Offset, int Length)> Split(string text, CancellationToken cancellationToken) =>
        TextSplit.Make(text.Length, _expression?.FindMatches(text, cancellationToken) ?? FindText(text), _behavior, _invert);

    private IEnumerable<(int Start, int End)> FindText(string text)
    {
        int end;
        for (int start = 0; (start = text.IndexOf(_pattern, start, StringComparison.Ordinal)) >= 0; start = end)
        {
            end = start + _pattern.Length;
            yield return (start, end);
        }
    }
}
