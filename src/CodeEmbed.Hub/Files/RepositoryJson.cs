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
        if (stream.Length > MaxLength)
            throw new HubAnswerException($"its {path} is larger than {MaxLength / (1024 * 1024)} MiB. Give another model or revision.");

        try
        {
            using JsonDocument document = JsonDocument.Parse(stream);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for text that is no Unicode, which is found out only when it is read.
            throw new HubAnswerException($"its {path} is not valid JSON. Give another model or revision.", e);
        }
    }
}
