using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   Splits at white space, which is removed, and makes each punctuation mark a word: <c>BertPreTokenizer</c> in Hugging Face's
///   tokenizers.
/// </summary>
internal sealed class BertPreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
    /// <summary>The kind of each ASCII character: most code is ASCII.</summary>
    private static readonly Kind[] OfAscii = [.. Enumerable.Range(0, 128).Select(value => Find(new Rune(value)))];

    private enum Kind : byte
    {
        Letter,
        Space,
        Punctuation,
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["BertPreTokenizer"];

    /// <inheritdoc/>
    public override string Identity => "Bert";

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json) => new BertPreTokenizer();

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken)
    {
        int word = 0, length;
        for (int position = 0; position < text.Length; position += length)
        {
            Kind kind = FindAt(text.Span[position..], out length);
            if (kind == Kind.Letter)
                continue;

            if (position > word)
                yield return text[word..position];

            word = position + length;
            if (kind == Kind.Punctuation)
                yield return text[position..word];
        }

        if (word < text.Length)
            yield return text[word..];
    }

    private static Kind FindAt(ReadOnlySpan<char> text, out int length)
    {
        length = 1;
        if (char.IsAscii(text[0]))
            return OfAscii[text[0]];

        Rune.DecodeFromUtf16(text, out Rune rune, out length);
        return Find(rune);
    }

    private static Kind Find(Rune rune) => Rune.IsWhiteSpace(rune) ? Kind.Space
        : Unicode8.IsPunctuation(rune) ? Kind.Punctuation
        : Kind.Letter;
}
