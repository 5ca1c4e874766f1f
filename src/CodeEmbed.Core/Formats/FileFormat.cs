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
        ([.. "%PDF-"u8], "a PDF document"),
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

    /// <summary>Names the format that a file has.</summary>
    /// <param name="start">The first bytes of the file, <see cref="StartLength"/> of them where it has that many.</param>
    /// <returns>
    ///   A noun with its article, such as <c>a zip archive</c>; <see langword="null"/> for a format that is not known here.
    /// </returns>
    public static string? Recognize(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] signature, string name) in Signatures)
        {
            if (start.StartsWith(signature))
                return name;
        }

        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n"u8);
        foreach ((string signature, string name) in Texts)
        {
            if (text.Length >= signature.Length && System.Text.Ascii.EqualsIgnoreCase(text[..signature.Length], signature))
                return name;
        }

        return null;
    }
}
