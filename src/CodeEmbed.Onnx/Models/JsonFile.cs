using System.Text.Json;

namespace CodeEmbed.Onnx.Models;

/// <summary>Reads the small JSON files of a model folder.</summary>
internal static class JsonFile
{
    /// <summary>Far more than any such file of a real model; a larger one is not read.</summary>
    private const long MaxLength = 256 * 1024 * 1024;

    /// <summary>Reads a file that holds a JSON object.</summary>
    /// <returns>The document; its root is an object.</returns>
    /// <exception cref="ModelFormatException">The file is too large, or no JSON object.</exception>
    public static JsonDocument ReadObject(string path)
    {
        string name = Path.GetFileName(path);
        if (new FileInfo(path).Length > MaxLength)
            throw new ModelFormatException($"{name} is larger than {MaxLength / (1024 * 1024)} MiB.");

        try
        {
            using FileStream stream = File.OpenRead(path);
            JsonDocument document = JsonDocument.Parse(stream);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;

            document.Dispose();
            throw new ModelFormatException($"{name} holds no JSON object.");
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"{name} is not valid JSON: {e.Message}", e);
        }
    }
}
