using System.Text;

namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Keeps numbers apart from all else, and on demand their digits from each other: <c>Digits</c> of Hugging Face's tokenizers.</summary>
/// <param name="individual">Whether each digit is a piece.</param>
internal sealed class DigitsPreTokenizer(bool individual) : IPreTokenizer
{
    /// <inheritdoc/>
    public string Description => $"Digits {individual}";

    /// <inheritdoc/>
    public IReadOnlyList<(int Offset, int Length)> Split(string text, CancellationToken cancellationToken) =>
        TextSplit.Make(text.Length, FindDigits(text), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false);

    private static IEnumerable<(int Start, int End)> FindDigits(string text)
    {
        int length;
        for (int position = 0; position < text.Length; position += length)
        {
            var rune = Rune.GetRuneAt(text, position);
            length = rune.Utf16SequenceLength;
            if (IsNumber(rune))
                yield return (position, position + length);
        }
    }

    /// <summary>Rust's <c>char::is_numeric</c>, which is of Unicode 17 already: it has 13 numbers more than Unicode 16.</summary>
    private static bool IsNumber(Rune rune) => UnicodeCategories.IsNumber(UnicodeCategories.Of(rune))
        || rune.Value is (>= 0x11DE0 and <= 0x11DE9) or (>= 0x16FF4 and <= 0x16FF6);
}
