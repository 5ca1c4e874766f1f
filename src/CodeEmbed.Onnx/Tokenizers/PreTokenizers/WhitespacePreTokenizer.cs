using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   Splits at white space, which is removed, and between <c>\w</c> and other characters: <c>Whitespace</c> in Hugging Face's
///   tokenizers.
/// </summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Whitespace"];

    /// <inheritdoc/>
    public override string Identity => "Whitespace";

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json) => new WhitespacePreTokenizer();

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken)
    {
        int word = 0, length;
        var before = Kind.Space;
        for (int position = 0; position < text.Length; position += length)
        {
            Rune.DecodeFromUtf16(text.Span[position..], out Rune rune, out length);
            Kind kind = Rune.IsWhiteSpace(rune) ? Kind.Space : UnicodeCategories.IsWordOrJoiner(rune) ? Kind.Word : Kind.Other;
            if (kind == before)
                continue;

            if (before != Kind.Space)
                yield return text[word..position];

            (word, before) = (position, kind);
        }

        if (before != Kind.Space)
            yield return text[word..];
    }
}
