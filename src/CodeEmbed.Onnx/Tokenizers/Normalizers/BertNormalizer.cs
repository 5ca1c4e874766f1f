using System.Buffers;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>BERT's cleaning: <c>BertNormalizer</c> in Hugging Face's tokenizers.</summary>
internal sealed class BertNormalizer : Normalizer, IStage<Normalizer>
{
    /// <summary>Represents a character that is removed.</summary>
    private const char LeftOut = '\uFFFF';

    private readonly bool _cleanText, _spaceChinese, _stripAccents, _lowercase;

    /// <summary>The result for each ASCII character: most code is ASCII.</summary>
    private readonly char[] _ascii;

    /// <summary>Creates a normalizer.</summary>
    /// <param name="cleanText">Whether white space becomes spaces, and invisible characters are removed.</param>
    /// <param name="spaceChinese">Whether Chinese characters get a space on each side.</param>
    /// <param name="stripAccents">
    ///   Whether accents are removed; by default they are if letters are lower-cased.
    /// </param>
    /// <param name="lowercase">Whether letters are lower-cased.</param>
    /// <param name="source">The file that specifies it.</param>
    /// <exception cref="ModelFormatException">Accents cannot be found in this process.</exception>
    public BertNormalizer(bool cleanText, bool spaceChinese, bool? stripAccents, bool lowercase, string source)
    {
        (_cleanText, _spaceChinese, _stripAccents, _lowercase) = (cleanText, spaceChinese, stripAccents ?? lowercase, lowercase);
        if (_stripAccents)
            UnicodeNormalization.Require(source);

        _ascii =
        [
            .. Enumerable.Range(0, 128).Select(value => NormalizeAny($"{(char)value}") is [var changed] ? changed : LeftOut),
        ];
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["BertNormalizer"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Bert", _cleanText, _spaceChinese, _stripAccents, _lowercase);

    /// <inheritdoc/>
    public override bool Lowercases => _lowercase;

    /// <inheritdoc/>
    public static Normalizer Read(TokenizerJsonObject json) => new BertNormalizer(
        json.Boolean("clean_text"),
        json.Boolean("handle_chinese_chars"),
        json.Find("strip_accents") is null ? null : json.Boolean("strip_accents"),
        json.Boolean("lowercase"),
        TokenizerJson.FileName);

    /// <inheritdoc/>
    public override bool KeepsBeginning(string space) => !_cleanText && !_stripAccents;

    /// <inheritdoc/>
    public override Normalizer Configure(TokenizerConfig config) => config.IsBert
        ? new BertNormalizer(_cleanText, config.SpaceChinese, config.StripAccents, config.Lowercase, TokenizerConfig.FileName)
        : this;

    /// <inheritdoc/>
    public override string Normalize(string text) => Ascii.IsValid(text) ? NormalizeAscii(text) : NormalizeAny(text);

    private string NormalizeAscii(string text)
    {
        char[] changed = ArrayPool<char>.Shared.Rent(text.Length);
        int length = 0;
        foreach (char character in text)
        {
            changed[length] = _ascii[character];
            length += changed[length] == LeftOut ? 0 : 1;
        }

        var normalized = new string(changed, 0, length);
        ArrayPool<char>.Shared.Return(changed);
        return normalized;
    }

    private string NormalizeAny(string text)
    {
        if (_cleanText || _spaceChinese)
            text = Clean(text);

        if (_stripAccents)
            text = UnicodeNormalization.Normalize(text, NormalizationForm.FormD);

        return _stripAccents || _lowercase ? ChangeLetters(text) : text;
    }

    private string Clean(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (_cleanText && Unicode8.IsInvisible(rune))
                continue;

            if (_cleanText && Rune.IsWhiteSpace(rune))
                cleaned.Append(' ');
            else if (_spaceChinese && IsChinese(rune.Value))
                cleaned.Append(' ').Append(rune).Append(' ');
            else
                cleaned.Append(rune);
        }

        return cleaned.ToString();
    }

    private string ChangeLetters(string text)
    {
        var changed = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (_stripAccents && Unicode8.IsNonSpacingMark(rune))
                continue;

            if (_lowercase)
                LowercaseNormalizer.AppendLower(changed, rune);
            else
                changed.Append(rune);
        }

        return changed.ToString();
    }

    /// <summary>The ideographs, as in the reference: its second-to-last block begins with U+2B920.</summary>
    private static bool IsChinese(int value) => value is
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F);
}
