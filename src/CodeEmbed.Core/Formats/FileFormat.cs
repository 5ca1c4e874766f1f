namespace CodeEmbed.Formats;

/// <summary>Recognizes what a file is by its first bytes, for errors about files that are not what they should be.</summary>
internal static class FileFormat
{
    /// <summary>How many bytes of a file's start are enough to recognize it.</summary>
    public const int StartLength = 64;

    private static readonly (byte[] Start, string Name)[] Signatures =
    [
        // Longer signatures come before those that they start with.
        ([0x1F, 0x8B], "gzip data"),
        ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data (.zst)"),
        ([0xFD, .. "7zXZ\0"u8], "xz data (.xz)"),
        ([.. "BZh"u8], "bzip2 data (.bz2)"),
        ([0x04, 0x22, 0x4D, 0x18], "LZ4 data (.lz4)"),
        ([.. "LZIP"u8], "lzip data (.lz)"),
        ([0x5D, 0x00, 0x00], "LZMA data (.lzma)"),
        ([0x1F, 0x9D], "data of compress (.Z)"),
        ([0xFF, 0x06, 0x00, 0x00, .. "sNaPpY"u8], "Snappy data"),
        ([.. "MSCF"u8], "a cabinet archive"),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive"),
        ([.. "Rar!"u8, 0x1A, 0x07], "a RAR archive"),
        ([.. "PK\x03\x04"u8], "a zip archive"),
        ([.. "PK\x05\x06"u8], "an empty zip archive"),
        ([.. "PAR1"u8], "a Parquet file"),
        ([.. "ARROW1"u8], "an Arrow file"),
        ([.. "Obj\x01"u8], "an Avro file"),
        ([.. "SQLite format 3\0"u8], "an SQLite database"),
        ([0x89, .. "HDF\r\n"u8], "an HDF5 file"),
        ([0x93, .. "NUMPY"u8], "a NumPy file"),
        ([.. "GGUF"u8], "a GGUF model"),
        ([.. "ORC"u8], "an ORC file"),
        ([.. "%PDF-"u8], "a PDF document"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an old Office document, such as .xls"),
        ([0x89, .. "PNG\r\n"u8], "a PNG image"),
        ([0x7F, .. "ELF"u8], "a program"),
        ([0x80, 0x02], "a Python pickle"),
        ([0x80, 0x03], "a Python pickle"),
        ([0x80, 0x04], "a Python pickle"),
        ([0x80, 0x05], "a Python pickle"),
        ([.. "version https://git-lfs"u8], "a pointer that Git LFS left in the place of the file ('git lfs pull' fetches it)"),
    ];

    private static readonly (string Start, string Name)[] Texts =
    [
        ("<!doctype html", "an HTML page"),
        ("<html", "an HTML page"),
        ("<?xml", "an XML document"),
    ];

    /// <summary>
    ///   Names the encoding of a text that is not UTF-8. Where there is no byte order mark, NULs around ASCII characters tell it.
    /// </summary>
    /// <param name="start">The first bytes of the file.</param>
    /// <returns>Such as <c>UTF-16</c>; <see langword="null"/> where they do not tell of another encoding.</returns>
    public static string? RecognizeEncoding(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
        [var first, 0, 0, 0, var second, 0, 0, 0, ..] when IsText(first) && IsText(second) => "UTF-32",
        [0, 0, 0, var first, 0, 0, 0, var second, ..] when IsText(first) && IsText(second) => "UTF-32",
        [var first, 0, var second, 0, ..] when IsText(first) && IsText(second) => "UTF-16",
        [0, var first, 0, var second, ..] when IsText(first) && IsText(second) => "UTF-16",
        _ => null,
    };

    /// <summary>Names the format that a file has.</summary>
    /// <param name="start">The first bytes of the file, <see cref="StartLength"/> of them where it has as many.</param>
    /// <returns>A noun with its article, such as <c>a zip archive</c>; <see langword="null"/> for a format that is not known here.</returns>
    public static string? Recognize(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] signature, string name) in Signatures)
        {
            if (start.StartsWith(signature))
                return name;
        }

        // 8 bytes of length, and an object in JSON.
        if (start.Length > 8 && start[8] == '{' && start[4..8].IndexOfAnyExcept((byte)0) < 0)
            return "a safetensors file";

        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n"u8);
        foreach ((string signature, string name) in Texts)
        {
            if (text.Length >= signature.Length && System.Text.Ascii.EqualsIgnoreCase(text[..signature.Length], signature))
                return name;
        }

        return null;
    }

    private static bool IsText(byte value) => value is >= 0x20 and < 0x7F or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
