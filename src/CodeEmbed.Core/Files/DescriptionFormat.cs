using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodeEmbed.Files;

/// <summary>What a description next to a file says about itself.</summary>
internal interface IDescription
{
    /// <summary>The version of its format; the first is 1.</summary>
    int Format { get; }

    /// <summary>Whether it holds everything that it must.</summary>
    bool IsWhole();
}

/// <summary>The JSON of a kind of description, which a user may change and a disk may damage.</summary>
/// <typeparam name="T">The kind of description.</typeparam>
/// <param name="current">The latest version of its format that is known.</param>
/// <param name="maxLength">How many bytes one has at most: far more than it needs.</param>
internal sealed class DescriptionFormat<T>(int current, int maxLength)
    where T : class, IDescription
{
    private readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads one.</summary>
    /// <param name="json">The text.</param>
    /// <param name="problem">Why it cannot be read, for a message; empty if it was.</param>
    /// <returns>The description; <see langword="null"/> if it is damaged, or if a later version wrote it.</returns>
    /// <exception cref="IOException">The text cannot be read.</exception>
    public T? Read(Stream json, out string problem)
    {
        problem = "it is damaged";
        try
        {
            T? read = json.Length <= maxLength ? JsonSerializer.Deserialize<T>(json, _options) : null;
            if (read?.Format > current)
            {
                problem = "a later version of this program wrote it";
            }
            else if (read?.IsWhole() == true)
            {
                problem = string.Empty;
                return read;
            }
        }
        catch (JsonException)
        {
            // A damaged file says nothing more.
        }

        return null;
    }

    /// <summary>The text of a description.</summary>
    public string Write(T description) => JsonSerializer.Serialize(description, _options);

    /// <summary>Writes the text of a description.</summary>
    public void Write(T description, Stream json) => JsonSerializer.Serialize(json, description, _options);
}
