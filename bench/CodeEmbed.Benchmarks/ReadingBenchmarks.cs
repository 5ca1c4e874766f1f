using System.IO.Compression;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using CodeEmbed.Jsonl;
using CodeEmbed.Zstandard;
using ZstdSharp;

namespace CodeEmbed.Benchmarks;

/// <summary>Reading snippets from a file, compared with System.Text.Json line by line.</summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private const int Records = 1000;

    private static readonly ZstandardCodec Zstandard = new();

    private string _folder = "", _path = "";

    [Params(".jsonl", ".jsonl.gz", ".jsonl.zst")]
    public string Extension { get; set; } = "";

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("codeembed-bench-").FullName;
        _path = Path.Combine(_folder, "in" + Extension);
        await using (Stream stream = File.Create(_path))
        await using (Stream packed = Pack(stream))
            Corpus.Write(packed, Records);

        long expected = await Serializer();
        if (await Document() != expected || await Reader() != expected)
            throw new InvalidOperationException("The programs read different data.");
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true, Description = "System.Text.Json, JsonSerializer")]
    public async Task<long> Serializer()
    {
        long characters = 0;
        using StreamReader lines = Open();
        while (await lines.ReadLineAsync() is { } line)
            characters += JsonSerializer.Deserialize<PlainRecord>(line)!.Content.Length;

        return characters;
    }

    [Benchmark(Description = "System.Text.Json, JsonDocument")]
    public async Task<long> Document()
    {
        long characters = 0;
        using StreamReader lines = Open();
        while (await lines.ReadLineAsync() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            string id = root.GetProperty("id").GetString()!, path = root.GetProperty("file_path").GetString()!;
            string language = root.GetProperty("language").GetString()!, content = root.GetProperty("content").GetString()!;
            string? type = root.TryGetProperty("chunk_type", out JsonElement value) ? value.GetString() : null;
            characters += content.Length;
        }

        return characters;
    }

    [Benchmark(Description = "CodeEmbed, JsonlSnippetReader")]
    public async Task<long> Reader()
    {
        long characters = 0;
        await foreach (Outcome<CodeSnippet> record in new JsonlSnippetReader(_path) { Zstandard = Zstandard }.ReadAsync())
            characters += record.Value!.Content.Length;

        return characters;
    }

    private StreamReader Open()
    {
        Stream file = File.OpenRead(_path);
        return new StreamReader(Extension switch
        {
            ".jsonl.gz" => new GZipStream(file, CompressionMode.Decompress),
            ".jsonl.zst" => new DecompressionStream(file, leaveOpen: false),
            _ => file,
        });
    }

    private Stream Pack(Stream file) => Extension switch
    {
        ".jsonl.gz" => new GZipStream(file, CompressionLevel.Optimal),
        ".jsonl.zst" => Zstandard.Compress(file),
        _ => file,
    };
}
