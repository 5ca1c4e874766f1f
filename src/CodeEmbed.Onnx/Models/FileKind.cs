using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Models;

/// <summary>Tells by its first bytes what a file is that is not what its name says.</summary>
internal static class FileKind
{
    /// <summary>How many bytes of a file's start are enough to tell.</summary>
    public const int HeadLength = 512;

    private const int TarMarkOffset = 257;

    private static readonly string[] PageStarts = ["<!doctype html", "<html", "<head", "<?xml", "<!--"];

    private static readonly (byte[] Mark, string Name)[] Marks =
    [
        ([.. "PK\x03\x04"u8], "a zip archive, as torch.save writes"),
        ([.. "PK\x05\x06"u8], "an empty zip archive"),
        ([0x1f, 0x8b], "packed with gzip. Unpack it"),
        ([0x28, 0xb5, 0x2f, 0xfd], "packed with Zstandard. Unpack it"),
        ([0xfd, .. "7zXZ"u8], "packed with xz. Unpack it"),
        ([.. "BZh"u8], "packed with bzip2. Unpack it"),
        ([.. "7z"u8, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive. Unpack it"),
        ([.. "Rar!"u8], "a RAR archive. Unpack it"),
        ([.. "GGUF"u8], "a GGUF file of llama.cpp. Fetch the model's safetensors"),
        ([0x89, .. "HDF"u8], "an HDF5 file of Keras or TensorFlow. Fetch the model's safetensors"),
        ([.. "PAR1"u8], "a Parquet file"),
        ([.. "%PDF"u8], "a PDF"),
        ([0x7f, .. "ELF"u8], "a program"),
        ([0x80, 0x02], "a pickle of Python's, as older versions of torch.save write"),
        ([0x80, 0x03], "a pickle of Python's"),
        ([0x80, 0x04], "a pickle of Python's"),
        ([0x80, 0x05], "a pickle of Python's"),
        ([0xff, 0xfe], "text in UTF-16. Save it as UTF-8"),
        ([0xfe, 0xff], "text in UTF-16. Save it as UTF-8"),
    ];

    /// <summary>
    ///   Refuses what stands in the place of a file when a download was not what it should have been, whatever the file.
    /// </summary>
    /// <param name="fileName">The file's name.</param>
    /// <param name="head">Its first bytes.</param>
    /// <exception cref="ModelFormatException">It is a pointer of Git LFS, or a web page.</exception>
    public static void RefuseStandIns(string fileName, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("version https://git-lfs"u8))
        {
            throw new ModelFormatException(
                $"{fileName} is a pointer that Git LFS left in place of the file. Run 'git lfs pull' in the model's folder.");
        }

        if (IsPage(head))
        {
            throw new ModelFormatException(
                $"{fileName} is a web page (HTML) that was saved in place of the file, such as a page to sign in. Fetch the file again.");
        }
    }

    /// <summary>
    ///   What a file is that is not what was expected, as a sentence to follow another, or an empty text where its start does not
    ///   tell.
    /// </summary>
    /// <param name="head">Its first bytes.</param>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        string? name = Find(head);
        return name is null ? string.Empty : $" By its first bytes it is {name}.";
    }

    private static string? Find(ReadOnlySpan<byte> head)
    {
        foreach ((byte[] mark, string name) in Marks)
        {
            if (head.StartsWith(mark))
                return name;
        }

        if (head.Length > TarMarkOffset && head[TarMarkOffset..].StartsWith("ustar"u8))
            return "a tar archive. Unpack it";

        // 8 bytes of length and an object in JSON.
        if (head.Length > 16 && head[8] == (byte)'{' && head[5..8].IndexOfAnyExcept((byte)0) < 0)
            return "a safetensors file";

        // The first field of a graph is the version of its format; then there is the name of what made it, or the graph.
        if (head.Length > 4 && head[0] == 0x08 && head[1] is > 0 and < 32 && head[2] is 0x12 or 0x3a)
            return "an ONNX graph";

        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n\uFEFF"u8);
        return text.Length > 0 && text[0] is (byte)'{' or (byte)'[' && head.IndexOf((byte)0) < 0 ? "JSON, " + MessageText.Quote(FirstLine(text)) : null;
    }

    private static bool IsPage(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n\uFEFF"u8);
        foreach (string start in PageStarts)
        {
            if (StartsWith(text, start))
                return true;
        }

        return false;
    }

    private static bool StartsWith(ReadOnlySpan<byte> bytes, string text) =>
        bytes.Length >= text.Length && System.Text.Ascii.EqualsIgnoreCase(bytes[..text.Length], text);

    private static string FirstLine(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny("\r\n"u8);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
