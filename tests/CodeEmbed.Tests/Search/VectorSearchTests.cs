using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>The results of a search, compared with PyTorch's vectors in float64 and with values computed by hand.</summary>
public sealed class VectorSearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(41)]
    public async Task The_nearest_match_PyTorchs_vectors(int question)
    {
        double[][] exact = [.. File.ReadLines(Repository.Fixture("expected-vectors.jsonl"))
            .Select(line => JsonSerializer.Deserialize<double[]>(line)!)];
        CodeEmbedding[] embeddings =
            [.. exact.Select((vector, i) => Embedding($"{i}", [.. vector.Select(value => (float)value)]))];
        string path = await WriteAsync("index.jsonl", embeddings);
        (double Score, int Line)[] expected = [.. exact
            .Select((vector, i) => (Score: CosineOf(exact[question], vector), Line: i + 1))
            .OrderByDescending(entry => entry.Score).Take(10)];

        IReadOnlyList<CodeMatch> found =
            await new VectorSearch([new JsonlVectorSource(path)]).FindAsync(embeddings[question], cancellationToken: Token);

        // Equal texts have the same score, but the last digits differ here: only a clear order counts.
        Assert.Equal(10, found.Count);
        Assert.All(found.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-6));
        Assert.All(found, match => Assert.Equal(
            CosineOf(exact[question], exact[match.IndexLine - 1]), match.Score, 1e-6));
    }

    [Fact]
    public async Task A_match_has_its_location_and_its_content()
    {
        const string Start = """{"id":"i","file_path":"p","language":"l","content":"a\nb","chunk_name":"n",""";
        const string Made = "\"metadata\":{\"start_line\":7,\"end_line\":8},\"vector\":[3,4],"
            + "\"model_name\":\"m\",\"precision\":\"float32\",\"normalized\":false,"
            + "\"token_count\":7,\"truncated_tokens\":0,\"fingerprint\":\"0123456789abcdef\"";
        string path = _folder.WriteLines("index.jsonl", "", Start + Made + "}");

        CodeMatch match = Assert.Single(await FindAsync(path, [4, 3]));

        Assert.Equal(0.96, match.Score, 1e-15);
        Assert.Equal(("i", "p", "l", "n"), (match.Id, match.FilePath, match.Language, match.Name));
        Assert.Equal((7, 8, 2), (match.StartLine, match.EndLine, match.IndexLine));
        Assert.Equal((path, "a\nb"), (match.Index, match.Snippet.Content));
        Assert.Equal([3, 4], match.Embedding.Vector);
    }

    [Fact]
    public async Task Matches_with_the_same_score_are_in_file_order()
    {
        string first = await WriteAsync("1.jsonl", Embedding("a", 1, 1), Embedding("b", 0, 1), Embedding("c", 2, 2));
        string second = await WriteAsync("2.jsonl", Embedding("d", 0, 5), Embedding("e", 3, 3));

        IReadOnlyList<CodeMatch> found = await new VectorSearch([new JsonlVectorSource(second), new JsonlVectorSource(first)])
            .FindAsync(Embedding("q", 1, 1), new SearchOptions { Top = 4 }, cancellationToken: Token);

        Assert.Equal(["e", "a", "c", "d"], found.Select(match => match.Id));
    }

    [Fact]
    public async Task Only_records_above_the_minimum_score_are_found()
    {
        string path = await WriteAsync(
            "index.jsonl", Embedding("a", 1, 0), Embedding("b", 4, 3), Embedding("c", 3, 4), Embedding("d", 0, 1));

        Assert.Equal(["a", "b"], (await FindAsync(path, [1, 0], new SearchOptions { MinimumScore = 0.8 })).Select(m => m.Id));
    }

    [Fact]
    public async Task Only_records_that_match_the_filter_are_found()
    {
        CodeEmbedding[] embeddings = [.. new[] { ("a", "python", "x/1.py"), ("b", "ruby", "x/2.rb"), ("c", "python", "y/3.py") }
            .Select(entry => Sample.Embedding(
                new CodeSnippet { Id = entry.Item1, Language = entry.Item2, FilePath = entry.Item3, Content = "x" }, 1, 2))];
        string path = await WriteAsync("index.jsonl", embeddings);

        IReadOnlyList<CodeMatch> found = await FindAsync(path, [1, 2], new SearchOptions
        {
            Top = 1,
            Filter = (language, file) => language == "python" && file.StartsWith('y'),
        });

        Assert.Equal("c", Assert.Single(found).Id);
    }

    [Fact]
    public async Task An_invalid_record_is_reported_and_the_others_are_found()
    {
        string path = await WriteAsync("index.jsonl", Embedding("a", 1, 0), Embedding("b", 1, 1));
        await File.AppendAllTextAsync(path, """{"id":"c","file_path":"a.py","language":"py""", Token);
        var rejected = new List<RejectedRecord>();

        IReadOnlyList<CodeMatch> found = await new VectorSearch([new JsonlVectorSource(path)])
            .FindAsync(Embedding("q", 1, 0), rejected: rejected.Add, cancellationToken: Token);

        Assert.Equal(["a", "b"], found.Select(match => match.Id));
        Assert.Equal(new SnippetSource(path, 3), Assert.Single(rejected).Source);
        Assert.StartsWith($"{path}:3: invalid JSON", rejected[0].Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_from_another_model_is_refused_with_both_models()
    {
        string path = await WriteAsync("index.jsonl", Embedding("a", 1, 0));
        CodeEmbedding question = new()
        {
            Snippet = Sample.Snippet("q"),
            Vector = [1, 0],
            ModelName = "other",
            Precision = EmbeddingPrecision.Float32,
            Normalized = true,
            TokenCount = 1,
            TruncatedTokens = 0,
            Fingerprint = "ff",
        };

        IndexException error = await Assert.ThrowsAsync<IndexException>(
            () => new VectorSearch([new JsonlVectorSource(path)]).FindAsync(question, cancellationToken: Token));

        Assert.Equal(
            $"'{path}' cannot be used: its vectors were made by 'tiny' with the fingerprint 0123456789abcdef, and the "
            + "question's by 'other' with the fingerprint ff: they cannot be compared.",
            error.Message);
    }

    private static double CosineOf(double[] left, double[] right) =>
        left.Zip(right, (x, y) => x * y).Sum() / Math.Sqrt(left.Sum(x => x * x) * right.Sum(x => x * x));

    private static CodeEmbedding Embedding(string id, params float[] vector) => Sample.Embedding(Sample.Snippet(id), vector);

    private static Task<IReadOnlyList<CodeMatch>> FindAsync(string path, float[] question, SearchOptions? options = null) =>
        new VectorSearch([new JsonlVectorSource(path)]).FindAsync(Embedding("q", question), options, cancellationToken: Token);

    private async Task<string> WriteAsync(string name, params CodeEmbedding[] embeddings)
    {
        await using var writer = new JsonlEmbeddingWriter(_folder.File(name));
        await writer.WriteAsync(embeddings, Token);
        await writer.CompleteAsync(Token);
        return writer.Target;
    }
}
