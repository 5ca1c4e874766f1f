using System.Text;
using CodeEmbed.Errors;

namespace CodeEmbed.Formats;

/// <summary>Recognizes a file's format by its first bytes, for errors about files of the wrong format.</summary>
internal static class FileFormat
{
    /// <summary>How many bytes of a file's start are enough to recognize it.</summary>
    public const int StartLength = 512;

    private const int TarMarkOffset = 257;

    private const string Unpack = ". Unpack it";
    private const string FetchSafetensors = ". Fetch the model's safetensors";

    /// <summary>The formats, each with what to say besides its name if a model's file has it.</summary>
    private static readonly (byte[] Start, string Name, string InModel)[] Signatures =
    [
        // Longer signatures come before those that they start with.
        ([0x1F, 0x8B], "gzip data", Unpack),
        ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data (.zst)", Unpack),
        ([0xFD, .. "7zXZ\0"u8], "xz data (.xz)", Unpack),
        ([.. "BZh"u8], "bzip2 data (.bz2)", Unpack),
        ([0x04, 0x22, 0x4D, 0x18], "LZ4 data (.lz4)", Unpack),
        ([.. "LZIP"u8], "lzip data (.lz)", Unpack),
        ([0x5D, 0x00, 0x00], "LZMA data (.lzma)", Unpack),
        ([0x1F, 0x9D], "compress data (.Z)", Unpack),
        ([0xFF, 0x06, 0x00, 0x00, .. "sNaPpY"u8], "Snappy data", Unpack),
        ([.. "MSCF"u8], "a cabinet archive", Unpack),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", Unpack),
        ([.. "Rar!"u8, 0x1A, 0x07], "a RAR archive", Unpack),
        ([.. "PK\x03\x04"u8], "a zip archive", ", as torch.save writes"),
        ([.. "PK\x05\x06"u8], "an empty zip archive", ""),
        ([.. "PAR1"u8], "a Parquet file", ""),
        ([.. "ARROW1"u8], "an Arrow file", ""),
        ([.. "Obj\x01"u8], "an Avro file", ""),
        ([.. "SQLite format 3\0"u8], "an SQLite database", ""),
        ([0x89, .. "HDF\r\n"u8], "an HDF5 file", $", as Keras and TensorFlow write{FetchSafetensors}"),
        ([0x93, .. "NUMPY"u8], "a NumPy file", ""),
        ([.. "GGUF"u8], "a GGUF model", $", as llama.cpp reads{FetchSafetensors}"),
        ([.. "ORC"u8], "an ORC file", ""),
        ([.. "%PDF-"u8], "a PDF document", ""),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an old Office document, such as .xls", ""),
        ([0x89, .. "PNG\r\n"u8], "a PNG image", ""),
        ([0x7F, .. "ELF"u8], "a program", ""),
        ([0x80, 0x02], "a Python pickle", ", as older versions of torch.save write"),
        ([0x80, 0x03], "a Python pickle", ""),
        ([0x80, 0x04], "a Python pickle", ""),
        ([0x80, 0x05], "a Python pickle", ""),
    ];

    private static readonly (string Start, string Name)[] Pages =
    [
        ("<!doctype html", "an HTML page"),
        ("<html", "an HTML page"),
        ("<head", "an HTML page"),
        ("<?xml", "an XML document"),
        ("<!--", "an HTML page"),
    ];

    /// <summary>
    ///   Names the encoding of a text that is not UTF-8. Without a byte order mark, NULs around ASCII characters show it.
    /// </summary>
    /// <param name="start">The first bytes of the file.</param>
    /// <returns>Such as <c>UTF-16</c>; <see langword="null"/> if they show no other encoding.</returns>
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

    /// <summary>Names the format of a file that should be JSON Lines.</summary>
    /// <param name="start">The first bytes of the file, <see cref="StartLength"/> of them if it has that many.</param>
    /// <returns>
    ///   A noun with its article, such as <c>a zip archive</c>; <see langword="null"/> for a format that is not known here.
    /// </returns>
    public static string? Recognize(ReadOnlySpan<byte> start) =>
        IsLfsPointer(start) ? "a pointer that Git LFS left instead of the file ('git lfs pull' fetches it)"
        : Find(start) is { } format ? format.Name
        : FindPage(start);

    /// <summary>Names the wrong format that a model's file has.</summary>
    /// <param name="start">The first bytes of the file, <see cref="StartLength"/> of them if it has that many.</param>
    /// <returns>
    ///   A noun with its article, and if it helps a sentence on what to do, without the full stop at the end;
    ///   <see langword="null"/> for a format that is not known here.
    /// </returns>
    public static string? RecognizeInModel(ReadOnlySpan<byte> start)
    {
        if (Find(start) is { } format)
            return format.Name + format.InModel;

        if (RecognizeEncoding(start) is { } encoding)
            return $"text in {encoding}. Save it as UTF-8";

        // The first field of a graph is the version of its format; then there is the name of what made it, or the graph.
        if (start.Length > 4 && start[0] == 0x08 && start[1] is > 0 and < 32 && start[2] is 0x12 or 0x3a)
            return "an ONNX graph";

        ReadOnlySpan<byte> text = Text(start);
        bool isText = start[..Math.Min(start.Length, StartLength)].IndexOf((byte)0) < 0;
        return isText && text is [(byte)'{' or (byte)'[', ..]
            ? "JSON, " + MessageText.Quote(FirstLine(text))
            : null;
    }

    /// <summary>Whether a file is a pointer, which Git LFS leaves instead of a file that was not fetched.</summary>
    public static bool IsLfsPointer(ReadOnlySpan<byte> start) => start.StartsWith("version https://git-lfs"u8);

    /// <summary>Whether a file is a web page, which a server may send instead of a file.</summary>
    public static bool IsPage(ReadOnlySpan<byte> start) => FindPage(start) is not null;

    private static (string Name, string InModel)? Find(ReadOnlySpan<byte> start)
    {
        foreach ((byte[] signature, string name, string inModel) in Signatures)
        {
            if (start.StartsWith(signature))
                return (name, inModel);
        }

        // 8 bytes of length, and an object in JSON.
        if (start.Length > 8 && start[8] == '{' && start[4..8].IndexOfAnyExcept((byte)0) < 0)
            return ("a safetensors file", "");

        return start.Length > TarMarkOffset && start[TarMarkOffset..].StartsWith("ustar"u8) ? ("a tar archive", Unpack) : null;
    }

    private static string? FindPage(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = Text(start);
        foreach ((string signature, string name) in Pages)
        {
            if (text.Length >= signature.Length && Ascii.EqualsIgnoreCase(text[..signature.Length], signature))
                return name;
        }

        return null;
    }

    private static bool IsText(byte value) => value is >= 0x20 and < 0x7F or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> start) =>
        start[..Math.Min(start.Length, StartLength)].TrimStart(" \t\r\n\uFEFF"u8);

    private static string FirstLine(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny("\r\n"u8);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
