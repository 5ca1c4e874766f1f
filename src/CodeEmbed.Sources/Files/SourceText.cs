using System.Text;

namespace CodeEmbed.Sources.Files;

/// <summary>A file's text.</summary>
/// <param name="Text">The text, without a byte order mark; <see langword="null"/> for a file that is not text.</param>
/// <param name="Note">What to report about how it was read, as a sentence, or <see langword="null"/>.</param>
internal readonly record struct SourceText(string? Text, string? Note)
{
    // The same as git.
    private const int BytesToLookAt = 8000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    ///   Decodes bytes as UTF-8, with or without a byte order mark, as UTF-16 with one, or as a last resort as Latin-1, in which
    ///   every byte is a character.
    /// </summary>
    public static SourceText Decode(ReadOnlySpan<byte> bytes)
    {
        // UTF-32's mark begins with the same bytes as UTF-16's.
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]))
            return DecodeUtf32(bytes[4..]);

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return new SourceText(Encoding.Unicode.GetString(bytes[2..]), "read as UTF-16.");

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return new SourceText(Encoding.BigEndianUnicode.GetString(bytes[2..]), "read as UTF-16.");

        if (bytes[..Math.Min(bytes.Length, BytesToLookAt)].Contains((byte)0))
            return default;

        ReadOnlySpan<byte> withoutMark = bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
        try
        {
            return new SourceText(Utf8.GetString(withoutMark), null);
        }
        catch (DecoderFallbackException)
        {
            // Text has no control characters except those for lines, tabs and old terminals.
            return HasControls(bytes)
                ? default
                : new SourceText(Encoding.Latin1.GetString(bytes), "read as Latin-1, because it is not UTF-8.");
        }
    }

    private static SourceText DecodeUtf32(ReadOnlySpan<byte> bytes) =>
        new(Encoding.UTF32.GetString(bytes), "read as UTF-32.");

    private static bool HasControls(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value < 0x20 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 0x1B))
                return true;
        }

        return false;
    }
}
