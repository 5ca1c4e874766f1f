using CodeEmbed.Jsonl;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>Vectors that are cached in memory: up to the limit, and only until the file changes.</summary>
public sealed class VectorCacheTests : IDisposable
{
    private const long Plenty = 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_question_gives_the_same_without_reading_the_file()
    {
        var cache = new VectorCache(Plenty);
        var source = new CountedSource(new JsonlVectorSource(await WriteAsync("index.jsonl", "a", "b", "c")));

        string first = await FindAsync(cache.Hold(source));
        string second = await FindAsync(cache.Hold(source));

        Assert.Equal("a b c", first);
        Assert.Equal(first, second);
        Assert.Equal(1, source.Reads);
        Assert.InRange(cache.Size, 3 * 2 * sizeof(float), 4096);
    }

    [Fact]
    public async Task A_file_that_was_changed_is_read_again()
    {
        var cache = new VectorCache(Plenty);
        string path = await WriteAsync("index.jsonl", "a", "b");
        await FindAsync(cache.Hold(new JsonlVectorSource(path)));

        // In place, with the same length, a moment later.
        await File.WriteAllTextAsync(
            path, (await File.ReadAllTextAsync(path, Token)).Replace("\"a\"", "\"z\"", StringComparison.Ordinal), Token);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));

        Assert.Equal("z b", await FindAsync(cache.Hold(new JsonlVectorSource(path))));
    }

    [Fact]
    public async Task A_file_that_was_replaced_is_read_again()
    {
        var cache = new VectorCache(Plenty);
        string path = await WriteAsync("index.jsonl", "a", "b");
        DateTime written = File.GetLastWriteTimeUtc(path);
        await FindAsync(cache.Hold(new JsonlVectorSource(path)));

        File.Move(await WriteAsync("other.jsonl", "c", "d"), path, overwrite: true);
        File.SetLastWriteTimeUtc(path, written);

        Assert.Equal("c d", await FindAsync(cache.Hold(new JsonlVectorSource(path))));
    }

    [Fact]
    public async Task Vectors_that_do_not_fit_are_not_cached_but_still_found()
    {
        var cache = new VectorCache(100);
        var source = new CountedSource(new JsonlVectorSource(await WriteAsync("index.jsonl", "a", "b", "c")));

        Assert.Equal("a b c", await FindAsync(cache.Hold(source)));
        Assert.Equal("a b c", await FindAsync(cache.Hold(source)));

        Assert.Equal((2, 0), (source.Reads, cache.Size));
    }

    [Fact]
    public async Task The_least_recently_used_vectors_are_evicted()
    {
        var one = new CountedSource(new JsonlVectorSource(await WriteAsync("1.jsonl", "a")));
        var two = new CountedSource(new JsonlVectorSource(await WriteAsync("2.jsonl", "b")));
        var three = new CountedSource(new JsonlVectorSource(await WriteAsync("3.jsonl", "c")));
        var measure = new VectorCache(Plenty);
        await FindAsync(measure.Hold(one));
        var cache = new VectorCache((2 * measure.Size) + 8);

        foreach (CountedSource source in new[] { one, two, one, three, one, two })
            await FindAsync(cache.Hold(source));

        // One was also read to measure it. Two was evicted for three, although it was added later than one.
        Assert.Equal((2, 2, 1), (one.Reads, two.Reads, three.Reads));
    }

    [Fact]
    public async Task A_cancelled_question_caches_nothing()
    {
        var cache = new VectorCache(Plenty);
        IVectorSource source = cache.Hold(new JsonlVectorSource(await WriteAsync("index.jsonl", "a")));

        await foreach (VectorBlock block in source.ReadAsync(Token))
        {
            Assert.Equal(1, block.Count);
            break;
        }

        Assert.Equal(0, cache.Size);
    }

    [Fact]
    public async Task A_cleared_cache_is_empty()
    {
        var cache = new VectorCache(Plenty);
        await FindAsync(cache.Hold(new JsonlVectorSource(await WriteAsync("index.jsonl", "a"))));

        cache.Clear();

        Assert.Equal(0, cache.Size);
    }

    private static async Task<string> FindAsync(IVectorSource source)
    {
        CodeEmbedding question = Sample.Embedding(Sample.Snippet("q"), 1, 1);
        return string.Join(' ', (await new VectorSearch([source]).FindAsync(question, cancellationToken: Token))
            .Select(match => match.Id));
    }

    private async Task<string> WriteAsync(string name, params string[] ids)
    {
        await using var writer = new JsonlEmbeddingWriter(_folder.File(name));
        await writer.WriteAsync([.. ids.Select(id => Sample.Embedding(Sample.Snippet(id), 1, 2))], Token);
        await writer.CompleteAsync(Token);
        return writer.Target;
    }

    /// <summary>Counts the reads of the vectors.</summary>
    private sealed class CountedSource(IVectorSource inner) : IVectorSource
    {
        public int Reads { get; private set; }

        public string Path => inner.Path;

        public ValueTask<VectorOrigin?> DescribeAsync(CancellationToken cancellationToken = default) =>
            inner.DescribeAsync(cancellationToken);

        public string? ReadVersion() => inner.ReadVersion();

        public IAsyncEnumerable<VectorBlock> ReadAsync(CancellationToken cancellationToken = default)
        {
            Reads++;
            return inner.ReadAsync(cancellationToken);
        }
    }
}
