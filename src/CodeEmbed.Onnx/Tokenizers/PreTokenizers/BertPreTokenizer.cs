using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   Splits at white space, which is left out, and makes each punctuation mark a word: <c>BertPreTokenizer</c> of Hugging Face's
///   tokenizers.
/// </summary>
internal sealed class BertPreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
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
            Rune.DecodeFromUtf16(text.Span[position..], out Rune rune, out length);
            bool isSpace = Rune.IsWhiteSpace(rune);
            if (!isSpace && !Unicode8.IsPunctuation(rune))
                continue;

            if (position > word)
                yield return text[word..position];

            word = position + length;
            if (!isSpace)
                yield return text[position..word];
        }

        if (word < text.Length)
            yield return text[word..];
    }
}
