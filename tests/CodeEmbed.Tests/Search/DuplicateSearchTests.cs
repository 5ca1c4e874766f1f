using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>Duplicates, compared with a simple loop over all pairs in float64 and with values computed by hand.</summary>
public sealed class DuplicateSearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.99)]
    [InlineData(0.95)]
    [InlineData(0.9)]
    public async Task The_groups_match_PyTorchs_vectors(double minimumScore)
    {
        float[][] vectors = [.. File.ReadLines(Repository.Fixture("expected-vectors.jsonl"))
            .Select(line => JsonSerializer.Deserialize<double[]>(line)!.Select(value => (float)value).ToArray())];

        await RequireGroupsOfPlainLoopAsync(vectors, minimumScore);
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.999)]
    [InlineData(3, 0.99)]
    [InlineData(13, 0.95)]
    [InlineData(13, 0.7)]
    [InlineData(16, 0.0)]
    [InlineData(17, -1.0)]
    [InlineData(100, 0.9)]
    public async Task The_groups_match_a_simple_loop(int dimensions, double minimumScore)
    {
        // More than two tiles: similar vectors, identical ones, zero vectors, and vectors of every length.
        var random = new Random(11);
        var vectors = new List<float[]>();
        for (int i = 0; i < 301; i++)
        {
            float[] vector = random.Next(4) switch
            {
                0 when vectors.Count > 0 => [.. vectors[random.Next(vectors.Count)]],
                1 when vectors.Count > 0 => [.. vectors[random.Next(vectors.Count)]
                    .Select(value => value * (float)(1 + (0.3 * (random.NextDouble() - 0.5))))],
                _ => [.. Enumerable.Range(0, dimensions).Select(_ => (float)(random.NextDouble() - 0.5))],
            };
            float scale = random.Next(10) switch { 0 => 1e15f, 1 => 1e-15f, 2 => 0, _ => 1 };
            vectors.Add([.. vector
                .Select(value => Math.Abs(value * scale) is > 1e20f or (> 0 and < 1e-20f) ? 1 : value * scale)]);
        }

        await RequireGroupsOfPlainLoopAsync([.. vectors], minimumScore);
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(1e-30f)]
    [InlineData(1e-40f)]
    public async Task Very_long_and_very_short_vectors_can_be_compared(float length)
    {
        string path = await WriteAsync(Embedding("a", 4 * length, 3 * length), Embedding("b", 4, 3), Embedding("c", -4, 3));

        DuplicateGroup group = Assert.Single(await FindAsync(path));

        Assert.Equal(["a", "b"], group.Members.Select(member => member.Id));
    }

    [Fact]
    public async Task A_score_at_the_limit_counts()
    {
        string path = await WriteAsync(Embedding("a", 3, 4), Embedding("b", 4, 3));

        Assert.Equal(0.96, Assert.Single(await FindAsync(path, 0.96)).Score);
        Assert.Empty(await FindAsync(path, Math.BitIncrement(0.96)));
    }

    [Fact]
    public async Task The_order_is_by_score_and_then_by_file()
    {
        string path = await WriteAsync(
            Embedding("far", 0, 0, 0, 1),
            Embedding("c1", 0, 0, 3, 0.6f),
            Embedding("a1", 1, 0, 0, 0),
            Embedding("b1", 0, 2, 0, 0),
            Embedding("c2", 0, 0, 3, 0),
            Embedding("b2", 0, 1, 0, 0),
            Embedding("c3", 0, 0, 3, 0.5f),
            Embedding("a2", 3, 0, 0, 0));

        IReadOnlyList<DuplicateGroup> groups = await FindAsync(path);

        Assert.Equal(["a1 a2", "b1 b2", "c1 c3 c2"], groups.Select(group => string.Join(' ', group.Members)));
        Assert.Equal([1, 1], groups.Take(2).Select(group => group.Score));
        Assert.All(groups, group => Assert.Equal(1, group.Members[0].Score));
        Assert.Equal(3 / Math.Sqrt(9.36), groups[2].LowestScore, 1e-7);
        Assert.Equal(9.3 / Math.Sqrt(9.36 * 9.25), groups[2].Score, 1e-7);
        Assert.Equal([2, 7, 5], groups[2].Members.Select(member => member.IndexLine));
    }

    [Fact]
    public async Task A_group_is_transitive()
    {
        // Steps of 10 degrees: cosines of 0.985 and, over two steps, 0.940.
        string path = await WriteAsync([.. Enumerable.Range(0, 4).Select(i =>
            Embedding($"{i}", (float)Math.Cos(i * Math.PI / 18), (float)Math.Sin(i * Math.PI / 18)))]);

        DuplicateGroup group = Assert.Single(await FindAsync(path));

        Assert.Equal(4, group.Count);
        Assert.Equal(Math.Cos(Math.PI / 18), group.Score, 1e-7);
        Assert.Equal(Math.Cos(Math.PI / 6), group.LowestScore, 1e-7);
    }

    [Fact]
    public async Task Identical_content_is_distinguished_from_similar()
    {
        string path = await WriteAsync(
            Sample.Embedding(Snippet("a", "x"), 1, 0), Sample.Embedding(Snippet("b", "x"), 1, 0),
            Sample.Embedding(Snippet("c", "y"), 0, 1), Sample.Embedding(Snippet("d", "Y"), 0, 1),
            Sample.Embedding(Snippet("e", "y"), 0, 1));

        IReadOnlyList<DuplicateGroup> groups = await FindAsync(path);

        Assert.Equal([(true, 1), (false, 2)], groups.Select(group => (group.IsIdentical, group.DistinctContents)));
    }

    [Fact]
    public async Task Without_content_nothing_is_identical()
    {
        string path = _folder.File("index.jsonl");
        await using (var writer = new JsonlEmbeddingWriter(path, new JsonlWriterOptions { ExcludeContent = true }))
        {
            await writer.WriteAsync([Embedding("a", 1, 0), Embedding("b", 1, 0)], Token);
            await writer.CompleteAsync(Token);
        }

        DuplicateGroup group = Assert.Single(await FindAsync(path));

        Assert.Equal((false, 2, 1.0), (group.IsIdentical, group.DistinctContents, group.Score));
    }

    [Fact]
    public async Task Only_records_that_match_the_filter_are_compared()
    {
        string path = await WriteAsync(
            Sample.Embedding(new CodeSnippet { Id = "a", Language = "python", FilePath = "1.py", Content = "x" }, 1, 0),
            Sample.Embedding(new CodeSnippet { Id = "b", Language = "ruby", FilePath = "2.rb", Content = "x" }, 1, 0),
            Sample.Embedding(new CodeSnippet { Id = "c", Language = "python", FilePath = "3.py", Content = "x" }, 1, 0),
            Sample.Embedding(new CodeSnippet { Id = "d", Language = "python", FilePath = "4.py", Content = "x" }, 1, 0));
        var options = new DuplicateOptions { Filter = (language, file) => language == "python" && file != "1.py" };

        Assert.Equal("c d", string.Join(' ', Assert.Single(await FindAsync(options, path)).Members));
    }

    [Fact]
    public async Task A_bad_record_is_reported_and_the_others_are_compared()
    {
        string path = await WriteAsync(Embedding("a", 1, 0), Embedding("b", 1, 0));
        await File.AppendAllTextAsync(path, "{}\n", Token);
        var rejected = new List<RejectedRecord>();

        List<DuplicateGroup> groups = await new DuplicateSearch([new JsonlVectorSource(path)])
            .FindAsync(rejected: rejected.Add, cancellationToken: Token).ToListAsync(Token);

        Assert.Single(groups);
        Assert.Equal(3, Assert.Single(rejected).Source?.Line);
    }

    [Fact]
    public async Task Records_of_several_files_are_compared()
    {
        string first = await WriteAsync(Embedding("a", 1, 0)), second = await WriteAsync(Embedding("b", 2, 0));

        DuplicateGroup group = Assert.Single(await FindAsync(new DuplicateOptions(), second, first));

        Assert.Equal([("b", second), ("a", first)], group.Members.Select(member => (member.Id, member.Index)));
    }

    [Fact]
    public async Task Files_from_different_models_are_refused_with_both_names()
    {
        string first = await WriteAsync(Embedding("a", 1, 0));
        string second = await WriteAsync(new CodeEmbedding
        {
            Snippet = Sample.Snippet("b"),
            Vector = [1, 0],
            ModelName = "other",
            Precision = EmbeddingPrecision.Float32,
            Normalized = true,
            TokenCount = 1,
            TruncatedTokens = 0,
            Fingerprint = "fedcba9876543210",
        });

        IndexException error =
            await Assert.ThrowsAsync<IndexException>(() => FindAsync(new DuplicateOptions(), first, second));

        Assert.Contains("'other' with the fingerprint fedcba9876543210", error.Message, StringComparison.Ordinal);
        Assert.Contains("'tiny' with the fingerprint 0123456789abcdef", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_vectors_than_the_memory_limit_is_an_error()
    {
        string path = await WriteAsync(Embedding("a", 1, 0), Embedding("b", 1, 0));

        IndexException error = await Assert.ThrowsAsync<IndexException>(
            () => FindAsync(new DuplicateOptions { MemoryLimit = 4096 }, path));

        Assert.Contains("need more than the allowed 0 MiB. Search in fewer", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The vectors alone fit; many short records or a few long ones do not.</summary>
    [Theory]
    [InlineData(1000, 1)]
    [InlineData(3, 200_000)]
    public async Task A_group_that_exceeds_the_memory_limit_is_an_error(int count, int length)
    {
        string content = new('x', length);
        string path = await WriteAsync(
            [.. Enumerable.Range(0, count).Select(i => Sample.Embedding(Snippet($"{i}", content), 1, 0))]);

        IndexException error = await Assert.ThrowsAsync<IndexException>(
            () => FindAsync(new DuplicateOptions { MemoryLimit = 524_288 }, path));

        Assert.Equal(path, error.Index);
        Assert.Contains(
            $"a group has {count} records, which need more than the allowed 0.5 MiB. Search with a higher smallest score",
            error.Message,
            StringComparison.Ordinal);
    }

    /// <summary>16 KiB cannot hold a tile of vectors, which takes more than 9 KiB, and ten records of 1 KiB at once.</summary>
    [Fact]
    public async Task The_vectors_make_room_for_the_groups()
    {
        string path = await WriteAsync([.. Enumerable.Range(0, 10).Select(i => Embedding($"{i}", 1, 0))]);

        DuplicateGroup group = Assert.Single(await FindAsync(new DuplicateOptions { MemoryLimit = 16_384 }, path));

        Assert.Equal(10, group.Count);
    }

    [Fact]
    public async Task Cancelling_ends_the_comparison()
    {
        var random = new Random(3);
        string path = await WriteAsync([.. Enumerable.Range(0, 600).Select(i => Embedding(
            $"{i}", (float)random.NextDouble(), (float)random.NextDouble(), (float)random.NextDouble()))]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // Everything has been read when the first progress is reported.
        var progress = new Callback(stop.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new DuplicateSearch([new JsonlVectorSource(path)])
                .FindAsync(progress: progress, cancellationToken: stop.Token).ToListAsync(CancellationToken.None).AsTask());
        Assert.Equal(1, progress.Count);
    }

    [Theory]
    [InlineData(1.01)]
    [InlineData(-1.01)]
    [InlineData(double.NaN)]
    public void A_score_that_is_not_a_cosine_is_refused(double score) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DuplicateOptions { MinimumScore = score });

    /// <summary>The groups by definition: the records that can be reached through pairs at or above the score.</summary>
    private static List<(double Score, List<int> Members)> GroupPlainly(float[][] vectors, double minimumScore)
    {
        int[] labels = [.. Enumerable.Range(0, vectors.Length)];
        double[] best = new double[vectors.Length];
        Array.Fill(best, double.NegativeInfinity);
        var pairs = new List<(int Left, int Right, double Score)>();
        for (int i = 0; i < vectors.Length; i++)
        {
            for (int j = i + 1; j < vectors.Length; j++)
            {
                double score = Cosine.Of(vectors[i], vectors[j]);
                Assert.Equal(PlainCosine(vectors[i], vectors[j]), score, 1e-12);
                if (score >= minimumScore)
                    pairs.Add((i, j, score));
            }
        }

        foreach ((int left, int right, _) in pairs)
        {
            (int from, int to) = (Math.Max(labels[left], labels[right]), Math.Min(labels[left], labels[right]));
            for (int i = 0; i < labels.Length; i++)
                labels[i] = labels[i] == from ? to : labels[i];
        }

        foreach ((int left, _, double score) in pairs)
            best[labels[left]] = Math.Max(best[labels[left]], score);

        return [.. Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]).Where(group => group.Count() > 1)
            .Select(group => (best[group.Key], group.ToList())).OrderByDescending(group => group.Item1)];
    }

    private static double PlainCosine(float[] left, float[] right)
    {
        double lengths = Math.Sqrt(left.Sum(x => (double)x * x)) * Math.Sqrt(right.Sum(x => (double)x * x));
        return lengths > 0 ? left.Zip(right, (x, y) => (double)x * y).Sum() / lengths : 0;
    }

    private static CodeEmbedding Embedding(string id, params float[] vector) => Sample.Embedding(Sample.Snippet(id), vector);

    private static CodeSnippet Snippet(string id, string content) =>
        new() { Id = id, FilePath = "a.py", Language = "python", Content = content };

    private static async Task<IReadOnlyList<DuplicateGroup>> FindAsync(
        string path, double minimumScore = DuplicateOptions.DefaultMinimumScore) =>
        await FindAsync(new DuplicateOptions { MinimumScore = minimumScore }, path);

    private static async Task<IReadOnlyList<DuplicateGroup>> FindAsync(DuplicateOptions options, params string[] paths) =>
        await new DuplicateSearch([.. paths.Select(path => new JsonlVectorSource(path))])
            .FindAsync(options, cancellationToken: Token).ToListAsync(Token);

    private async Task RequireGroupsOfPlainLoopAsync(float[][] vectors, double minimumScore)
    {
        string path = await WriteAsync([.. vectors.Select((vector, i) => Embedding($"{i}", vector))]);
        List<(double Score, List<int> Members)> expected = GroupPlainly(vectors, minimumScore);

        foreach (int threads in (int[])[1, 4])
        {
            IReadOnlyList<DuplicateGroup> found =
                await FindAsync(new DuplicateOptions { MinimumScore = minimumScore, Threads = threads }, path);

            Assert.Equal(expected.Select(group => group.Score), found.Select(group => group.Score));
            Assert.Equal(
                expected.Select(group => string.Join(' ', group.Members)),
                found.Select(group => string.Join(' ', group.Members.Select(member => member.IndexLine - 1).Order())));
        }
    }

    private async Task<string> WriteAsync(params CodeEmbedding[] embeddings)
    {
        await using var writer = new JsonlEmbeddingWriter(_folder.File($"{Guid.NewGuid():N}.jsonl"));
        await writer.WriteAsync(embeddings, Token);
        await writer.CompleteAsync(Token);
        return writer.Target;
    }

    private sealed class Callback(Action action) : IProgress<double>
    {
        public int Count { get; private set; }

        public void Report(double value)
        {
            Count++;
            action();
        }
    }
}
