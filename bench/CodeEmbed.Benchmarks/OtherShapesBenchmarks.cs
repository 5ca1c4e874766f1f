using System.Text;
using BenchmarkDotNet.Attributes;
using CodeEmbed.Jsonl;

namespace CodeEmbed.Benchmarks;

/// <summary>Reading records of other shapes, compared with reading lines with a snippet's names.</summary>
[MemoryDiagnoser]
public class OtherShapesBenchmarks
{
    private const int Records = 1000;

    private static readonly PropertyMap Names = new(
        new Dictionary<string, string> { ["id"] = "url", ["file_path"] = "path", ["content"] = "code" });

    private static readonly PropertyMap WithConstant = new(
        new Dictionary<string, string> { ["id"] = "url", ["file_path"] = "path", ["content"] = "code" },
        new Dictionary<string, string> { ["language"] = "csharp" });

    private static readonly PropertyMap Paths = new(
        new Dictionary<string, string> { ["id"] = "at.url", ["file_path"] = "at.path", ["content"] = "code" });

    private string _folder = "";

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("codeembed-bench-").FullName;
        using var lines = new MemoryStream();
        Corpus.Write(lines, Records);
        string text = Encoding.UTF8.GetString(lines.ToArray());

        // In the sources, a quote in a string is escaped, so these names occur only in the records.
        string renamed = text.Replace("\"id\":", "\"url\":").Replace("\"file_path\":", "\"path\":")
            .Replace("\"content\":", "\"code\":");
        string nested = renamed.Replace("{\"url\":", "{\"at\":{\"url\":").Replace(",\"language\":", "},\"language\":");
        string array = $"[\n{text.TrimEnd().Replace("\n", ",\n")}\n]\n";
        (string Name, string Text)[] files =
            [("lines.jsonl", text), ("renamed.jsonl", renamed), ("nested.jsonl", nested), ("array.json", array)];
        foreach ((string name, string content) in files)
            await File.WriteAllTextAsync(Path.Combine(_folder, name), content);

        long expected = await Lines();
        if (
            await Mapped() != expected || await MappedWithConstant() != expected || await MappedByPath() != expected
                || await Array() != expected)
            throw new InvalidOperationException("The records are not the same.");
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true, Description = "Lines, the names of a snippet")]
    public Task<long> Lines() => Read("lines.jsonl", null);

    [Benchmark(Description = "Lines, mapped names")]
    public Task<long> Mapped() => Read("renamed.jsonl", Names);

    [Benchmark(Description = "Lines, mapped names and a constant")]
    public Task<long> MappedWithConstant() => Read("renamed.jsonl", WithConstant);

    [Benchmark(Description = "Lines, mapped paths")]
    public Task<long> MappedByPath() => Read("nested.jsonl", Paths);

    [Benchmark(Description = "An array")]
    public Task<long> Array() => Read("array.json", null);

    private async Task<long> Read(string file, PropertyMap? map)
    {
        long characters = 0;
        var reader = new JsonlSnippetReader(Path.Combine(_folder, file)) { Map = map };
        await foreach (Outcome<CodeSnippet> record in reader.ReadAsync())
            characters += record.Value!.Content.Length + record.Value.Id.Length + record.Value.FilePath.Length;

        return characters;
    }
}
