using System.Text.Json;

namespace CodeEmbed.ModelFiles;

/// <summary>Reads the small JSON files of a model folder.</summary>
internal static class JsonFile
{
    /// <summary>Far more than any such file of a real model; a larger one is not read.</summary>
    private const int MaxLength = 256 * 1024 * 1024;

    /// <summary>Reads a file that holds a JSON object.</summary>
    /// <typeparam name="T">What is made from it.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="read">Makes a value from the object, which is not valid afterwards.</param>
    /// <exception cref="ModelFormatException">It is too large, not a JSON object, or holds text that is not Unicode.</exception>
    public static T ReadObject<T>(string path, Func<JsonElement, T> read) => Read(path, JsonValueKind.Object, read);

    /// <summary>Reads a file that holds a JSON array.</summary>
    /// <typeparam name="T">What is made from it.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="read">Makes a value from the array, which is not valid afterwards.</param>
    /// <exception cref="ModelFormatException">It is too large, not a JSON array, or holds text that is not Unicode.</exception>
    public static T ReadArray<T>(string path, Func<JsonElement, T> read) => Read(path, JsonValueKind.Array, read);

    /// <summary>Reads a file that is open.</summary>
    /// <typeparam name="T">What is made from it.</typeparam>
    /// <param name="name">Its name in messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="kind">What it must hold: an object or an array.</param>
    /// <param name="read">Makes a value from that, which is not valid afterwards.</param>
    /// <exception cref="ModelFormatException">It is too large, holds something else, or text that is not Unicode.</exception>
    public static T Read<T>(string name, Stream stream, JsonValueKind kind, Func<JsonElement, T> read) =>
        Parse(name, RegularFile.ReadAll(name, stream, MaxLength), kind, read);

    /// <summary>
    ///   Whether a failure is one of System.Text.Json's own: it finds out only when a text is read that the text is not
    ///   Unicode.
    /// </summary>
    public static bool IsOfText(InvalidOperationException failure) =>
        failure.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true;

    private static T Read<T>(string path, JsonValueKind kind, Func<JsonElement, T> read) =>
        Parse(Path.GetFileName(path), RegularFile.ReadAll(path, MaxLength), kind, read);

    private static T Parse<T>(string name, ReadOnlyMemory<byte> bytes, JsonValueKind kind, Func<JsonElement, T> read)
    {
        FileStart.RefuseStandIns(name, bytes.Span);
        try
        {
            using JsonDocument document = JsonDocument.Parse(WithoutPadding(bytes));
            return document.RootElement.ValueKind == kind
                ? read(document.RootElement)
                : throw new ModelFormatException($"{name} holds no JSON {(kind == JsonValueKind.Array ? "array" : "object")}.");
        }
        catch (JsonException e)
        {
            string problem = bytes.Length == 0
                ? "is empty"
                : $"is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            string found = bytes.Span.TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'{' or (byte)'[', ..]
                ? string.Empty
                : FileStart.Describe(bytes.Span);
            throw new ModelFormatException($"{name} {problem}.{found}", e);
        }
        catch (InvalidOperationException e) when (IsOfText(e))
        {
            throw new ModelFormatException($"{name} holds text that is not valid UTF-8 or UTF-16.", e);
        }
    }

    /// <summary>
    ///   The text without the bytes that some programs put around it: a byte order mark before it, NULs after it.
    /// </summary>
    private static ReadOnlyMemory<byte> WithoutPadding(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte> text = bytes.TrimEnd((byte)0);
        return text.Span.StartsWith("\uFEFF"u8) ? text["\uFEFF"u8.Length..] : text;
    }
}
