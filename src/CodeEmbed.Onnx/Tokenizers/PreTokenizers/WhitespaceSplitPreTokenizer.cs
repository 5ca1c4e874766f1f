namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits at white space, which is removed: <c>WhitespaceSplit</c> in Hugging Face's tokenizers.</summary>
internal sealed class WhitespaceSplitPreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["WhitespaceSplit"];

    /// <inheritdoc/>
    public override string Identity => "WhitespaceSplit";

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json) => new WhitespaceSplitPreTokenizer();

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken)
    {
        int word = 0;
        for (int position = 0; position < text.Length; position++)
        {
            // There is no white space beyond U+FFFF.
            if (!char.IsWhiteSpace(text.Span[position]))
                continue;

            if (position > word)
                yield return text[word..position];

            word = position + 1;
        }

        if (word < text.Length)
            yield return text[word..];
    }
}
