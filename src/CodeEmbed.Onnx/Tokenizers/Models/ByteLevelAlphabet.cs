namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>The printable character that represents each byte in a byte-level vocabulary.</summary>
/// <remarks>See <c>bytes_to_unicode</c> in openai/gpt-2, src/encoder.py.</remarks>
internal static class ByteLevelAlphabet
{
    /// <summary>The character for each byte: its Latin-1 character if visible, otherwise the next one from U+0100 on.</summary>
    public static IReadOnlyList<char> Characters { get; } = Make();

    private static char[] Make()
    {
        var characters = new char[256];
        char substitute = '\u0100';
        for (int value = 0; value < characters.Length; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ');
            characters[value] = visible ? (char)value : substitute++;
        }

        return characters;
    }
}
