using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodeEmbed.Benchmarks;

/// <summary>An input record for plain System.Text.Json: the same fields, and any others.</summary>
internal sealed class PlainRecord
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("file_path")]
    public required string FilePath { get; init; }

    [JsonPropertyName("language")]
    public required string Language { get; init; }

    [JsonPropertyName("content")]
    public required string Content { get; init; }

    [JsonPropertyName("version")]
    public string? Version { get; init; }

    [JsonPropertyName("git_hash")]
    public string? GitHash { get; init; }

    [JsonPropertyName("chunk_name")]
    public string? ChunkName { get; init; }

    [JsonPropertyName("chunk_type")]
    public string? ChunkType { get; init; }

    [JsonPropertyName("metadata")]
    public JsonElement? Metadata { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; init; }
}
