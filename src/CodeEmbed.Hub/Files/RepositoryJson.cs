using System.Text.Json;

namespace CodeEmbed.Hub.Files;

/// <summary>Reads the small JSON files that name other files of a repository.</summary>
internal static class RepositoryJson
{
    /// <summary>Far more than any such file of a real model; a larger one is not read.</summary>
    private const long MaxLength = 64 * 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="read">Makes something of it; the JSON is gone afterwards.</param>
    /// <exception cref="HubAnswerException">The file is not what it should be; the message says how.</exception>
    public static T Read<T>(string path, Func<string, Stream> open, Func<JsonElement, T> read)
    {
        using Stream stream = open(path);
        ReadOnlyMemory<byte> content = ReadAll(path, stream);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for text that is no Unicode, which is found out only when it is read.
            throw new HubAnswerException($"its {path} is not valid JSON. Give another model or revision.", e);
        }
    }

    // What counts is what is read: a file may grow, and some do not tell their length.
    private static ReadOnlyMemory<byte> ReadAll(string path, Stream stream)
    {
        var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, count);
            if (content.Length > MaxLength)
                throw new HubAnswerException($"its {path} is larger than {MaxLength / (1024 * 1024)} MiB. Give another model or revision.");
        }

        // A byte order mark is no part of the JSON.
        ReadOnlyMemory<byte> read = content.GetBuffer().AsMemory(0, (int)content.Length);
        return read.Span.StartsWith("\uFEFF"u8) ? read[3..] : read;
    }
}
