using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Stores;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Stores;

/// <summary>Writes and reads store files with the classes under test, and reads them with other programs.</summary>
internal static class StoreFiles
{
    /// <summary>The Python with NumPy on Debian.</summary>
    private const string Python = "/usr/bin/python3";

    /// <summary>A name for each format and each extension.</summary>
    public static readonly string[] Names = ["index.safetensors", "index.parquet", "index.db", "index.sqlite", "index.sqlite3"];

    /// <summary>A name for each format.</summary>
    public static TheoryData<string> Formats => [.. Names[..3]];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Writes embeddings to a file.</summary>
    public static async Task<string> WriteAsync(string target, params IEnumerable<CodeEmbedding> embeddings)
    {
        await using var writer = new JsonlEmbeddingWriter(
            target, new JsonlWriterOptions { Store = new EmbeddingStore(), Force = true });
        foreach (CodeEmbedding[] some in embeddings.Chunk(100))
            await writer.WriteAsync(some, Token);

        await writer.CompleteAsync(Token);
        return target;
    }

    /// <summary>Reads the embeddings of a file, none of which may be rejected.</summary>
    public static async Task<CodeEmbedding[]> ReadAsync(string file)
    {
        var read = new List<CodeEmbedding>();
        await foreach (Outcome<CodeEmbedding> record in
            new JsonlEmbeddingReader(file) { Store = new EmbeddingStore() }.ReadAsync(Token))
        {
            Assert.False(record.IsRejected, record.Rejected?.Reason.Message);
            read.Add(record.Value);
        }

        return [.. read];
    }

    /// <summary>Reads a file, and returns its error.</summary>
    public static async Task<string> ReadErrorAsync(string file) =>
        (await Assert.ThrowsAnyAsync<CodeEmbedException>(() => ReadAsync(file))).Message;

    /// <summary>An embedding that was read from a line, so that it has data that no property of a snippet holds.</summary>
    public static async Task<CodeEmbedding> ParseAsync(TemporaryFolder folder, string line, params float[] vector)
    {
        string input = folder.WriteLines("one.jsonl", line);
        await foreach (Outcome<CodeSnippet> record in Reading.Reader(input).ReadAsync(Token))
            return Sample.Embedding(record.Value!, vector);

        throw new InvalidOperationException("The file has no line.");
    }

    /// <summary>Embeddings whose vectors consist of their numbers and of other values that differ.</summary>
    public static IEnumerable<CodeEmbedding> Many(int count, int dimensions, int contentLength = 20) =>
        Enumerable.Range(0, count).Select(number => Sample.Embedding(
            new CodeSnippet
            {
                Id = $"id-{number}",
                FilePath = $"src/{number % 7}.py",
                Language = number % 2 == 0 ? "python" : "go",
                Content = $"x = {number} {new string('x', contentLength)}",
                ChunkName = number % 3 == 0 ? $"f{number}" : null,
            },
            [.. Enumerable.Range(0, dimensions).Select(i => number + (1f / (i + 2)))]));

    /// <summary>Runs a Python program, and returns its output as JSON.</summary>
    public static async Task<JsonElement> RunPythonAsync(string script, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Python), "Python is not installed.");
        (int exit, string output, string error) = await ChildProcess.RunAsync(
            Path.GetTempPath(), Python, ["-c", script, .. arguments]);
        Assert.SkipWhen(error.Contains("No module named 'numpy'", StringComparison.Ordinal), "Python has no NumPy.");
        Assert.True(exit == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
