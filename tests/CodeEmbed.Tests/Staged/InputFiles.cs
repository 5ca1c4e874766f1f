using System.Text.Json;

namespace CodeEmbed.Tests.Staged;

/// <summary>Input that tests write.</summary>
internal static class InputFiles
{
    /// <summary>A valid record.</summary>
    public static string Record(string id, string content = "def add(a, b): return a + b") =>
        JsonSerializer.Serialize(
            new { id, file_path = $"src/{id}.py", language = "python", content, metadata = new { line = 12 } });

    /// <summary>Writes records with the ids 1, 2, … and returns the file's path.</summary>
    public static string WriteRecords(this TemporaryFolder folder, int count) =>
        folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, count).Select(number => Record($"{number}"))]);

    /// <summary>The values of a property in a file of JSON Lines.</summary>
    public static IEnumerable<JsonElement> Column(string path, string property) =>
        File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty(property));
}
