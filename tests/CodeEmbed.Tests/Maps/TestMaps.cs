using System.Text.Json.Nodes;
using CodeEmbed.Maps;
using Xunit;

namespace CodeEmbed.Tests.Maps;

/// <summary>Writes maps and reads them.</summary>
internal static class TestMaps
{
    private const string DataStart = "<script type=\"application/json\" id=\"data\">", ScriptEnd = "</script>";

    /// <summary>An embedding, which is valid unless an argument is not.</summary>
    public static CodeEmbedding Embedding(
        string id,
        float[] vector,
        string path = "src/a.py",
        string language = "python",
        string? content = "x = 1",
        string? name = null,
        (long Start, long End)? lines = null,
        string fingerprint = "0123456789abcdef") => new()
    {
        Snippet = new CodeSnippet
        {
            Id = id,
            FilePath = path,
            Language = language,
            Content = content!,
            ChunkName = name,
            Metadata = lines is { } known
                ? new Dictionary<string, object> { ["start_line"] = known.Start, ["end_line"] = known.End }
                : null,
        },
        Vector = vector,
        ModelName = "owner/model",
        Precision = EmbeddingPrecision.Float32,
        Normalized = true,
        TokenCount = 3,
        TruncatedTokens = 0,
        Fingerprint = fingerprint,
    };

    /// <summary>Writes a map.</summary>
    /// <returns>The page.</returns>
    public static async Task<string> WriteAsync(
        string path, IEnumerable<CodeEmbedding> embeddings, EmbeddingMapOptions? options = null)
    {
        await using (var writer = new EmbeddingMapWriter(path, options))
        {
            foreach (CodeEmbedding embedding in embeddings)
                writer.Add(embedding);

            await writer.CompleteAsync(TestContext.Current.CancellationToken);
        }

        return await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
    }

    /// <summary>The data of a page.</summary>
    public static JsonNode DataOf(string page) => JsonNode.Parse(DataTextOf(page))!;

    /// <summary>The text of a page's data as a browser finds it: up to the first end of a script.</summary>
    public static string DataTextOf(string page)
    {
        string data = page[(page.IndexOf(DataStart, StringComparison.Ordinal) + DataStart.Length)..];
        return data[..data.IndexOf(ScriptEnd, StringComparison.OrdinalIgnoreCase)];
    }
}
