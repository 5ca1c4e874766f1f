using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   Separates numbers from other text, and optionally their digits from each other: <c>Digits</c> in Hugging Face's tokenizers.
/// </summary>
/// <param name="individual">Whether each digit is a piece.</param>
internal sealed class DigitsPreTokenizer(bool individual) : PreTokenizer, IStage<PreTokenizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Digits"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Digits", individual);

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json) => new DigitsPreTokenizer(json.Boolean("individual_digits"));

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken) =>
        TextSplit.Make(text, FindDigits(text), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false);

    private static IEnumerable<(int Start, int End)> FindDigits(ReadOnlyMemory<char> text)
    {
        int length;
        for (int position = 0; position < text.Length; position += length)
        {
            Rune.DecodeFromUtf16(text.Span[position..], out Rune rune, out length);
            if (IsNumber(rune))
                yield return (position, position + length);
        }
    }

    /// <summary>Rust's <c>char::is_numeric</c>, which follows Unicode 17: it has 13 more numbers than Unicode 16.</summary>
    private static bool IsNumber(Rune rune) => UnicodeCategories.IsNumber(UnicodeCategories.Of(rune))
        || rune.Value is (>= 0x11DE0 and <= 0x11DE9) or (>= 0x16FF4 and <= 0x16FF6);
}
