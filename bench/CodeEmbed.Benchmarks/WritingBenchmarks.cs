using System.Text.Json;
using BenchmarkDotNet.Attributes;
using CodeEmbed.Jsonl;

namespace CodeEmbed.Benchmarks;

/// <summary>Writing embeddings of 768 numbers to a file, compared with System.Text.Json. Both flush to the disk.</summary>
[MemoryDiagnoser]
public class WritingBenchmarks
{
    private const int Records = 1000, Dimensions = 768;

    private CodeEmbedding[] _embeddings = [];
    private string _folder = "", _theirs = "", _ours = "";

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("codeembed-bench-").FullName;
        string input = Path.Combine(_folder, "in.jsonl");
        using (Stream stream = File.Create(input))
            Corpus.Write(stream, Records);

        _theirs = Path.Combine(_folder, "theirs.jsonl");
        _ours = Path.Combine(_folder, "ours.jsonl");
        var random = new Random(0);
        IAsyncEnumerable<CodeSnippet> snippets = new JsonlSnippetReader(input).ReadAsync().Select(record => record.Value!);
        _embeddings = await snippets.Select(snippet => new CodeEmbedding
        {
            Snippet = snippet,
            Vector = [.. Enumerable.Range(0, Dimensions).Select(_ => (random.NextSingle() - 0.5f) / 10)],
            ModelName = "codebert-base",
            Precision = EmbeddingPrecision.Float32,
            Normalized = true,
            TokenCount = 512,
            TruncatedTokens = 0,
            Fingerprint = "0123456789abcdef",
        }).ToArrayAsync();

        Utf8JsonWriter();
        await Writer();
        string[] ours = File.ReadAllLines(_ours), theirs = File.ReadAllLines(_theirs);
        if (ours.Length != Records || theirs.Length != Records || !ours.Zip(theirs, IsSame).All(isSame => isSame))
            throw new InvalidOperationException("The programs write different data.");
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true, Description = "System.Text.Json, Utf8JsonWriter")]
    public void Utf8JsonWriter()
    {
        using FileStream stream = File.Create(_theirs);
        using var json = new Utf8JsonWriter(stream);
        foreach (CodeEmbedding embedding in _embeddings)
        {
            Write(json, embedding);
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }

        stream.Flush(flushToDisk: true);
    }

    [Benchmark(Description = "CodeEmbed, JsonlEmbeddingWriter")]
    public async Task Writer()
    {
        await using var writer = new JsonlEmbeddingWriter(_ours);
        await writer.WriteAsync(_embeddings);
        await writer.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, CodeEmbedding embedding)
    {
        CodeSnippet snippet = embedding.Snippet;
        json.WriteStartObject();
        json.WriteString("id", snippet.Id);
        json.WriteString("file_path", snippet.FilePath);
        json.WriteString("language", snippet.Language);
        json.WriteString("content", snippet.Content);
        json.WriteString("chunk_type", snippet.ChunkType);
        json.WritePropertyName("metadata");
        JsonSerializer.Serialize(json, snippet.Metadata);
        json.WriteStartArray("vector");
        foreach (float value in embedding.Vector)
            json.WriteNumberValue(value);

        json.WriteEndArray();
        json.WriteString("model_name", embedding.ModelName);
        json.WriteString("precision", "float32");
        json.WriteBoolean("normalized", embedding.Normalized);
        json.WriteNumber("token_count", embedding.TokenCount);
        json.WriteNumber("truncated_tokens", embedding.TruncatedTokens);
        json.WriteString("fingerprint", embedding.Fingerprint);
        json.WriteEndObject();
    }

    private static bool IsSame(string ours, string theirs)
    {
        using JsonDocument a = JsonDocument.Parse(ours), b = JsonDocument.Parse(theirs);
        return JsonElement.DeepEquals(a.RootElement, b.RootElement);
    }
}
