using System.Runtime.InteropServices;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A snippet's vector does not depend on the other snippets in its batch, bit for bit.</summary>
public sealed class BatchIndependenceTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private readonly CodeSnippet[] _snippets = Snippets.OfTexts();

    [Theory]
    [InlineData(FixtureModels.Tiny, 2)]
    [InlineData(FixtureModels.Tiny, 16)]
    [InlineData(FixtureModels.Tiny, 64)]
    [InlineData(FixtureModels.Bundled, 2)]
    [InlineData(FixtureModels.Bundled, 16)]
    [InlineData(FixtureModels.Bundled, 64)]
    public void A_batch_of_any_size_gives_the_same_as_each_snippet_alone(string form, int batchSize)
    {
        Assert.Equal(Embed(form, _snippets, 1), Embed(form, _snippets, batchSize));
    }

    [Fact]
    public void The_reverse_order_gives_the_same()
    {
        CodeSnippet[] reversed = [.. _snippets.Reverse()];

        Assert.Equal(Embed(FixtureModels.Bundled, _snippets, 16), Embed(FixtureModels.Bundled, reversed, 16));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_order_gives_the_same(int seed)
    {
        CodeSnippet[] shuffled = [.. _snippets];
        new Random(seed).Shuffle(shuffled);

        Assert.Equal(Embed(FixtureModels.Bundled, _snippets, 16), Embed(FixtureModels.Bundled, shuffled, 16));
    }

    [Fact]
    public void Batches_from_several_threads_give_the_same_as_sequential_ones()
    {
        SortedDictionary<string, string> expected = Embed(FixtureModels.Bundled, _snippets, 16);

        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            CodeSnippet[] shuffled = [.. _snippets];
            new Random(thread).Shuffle(shuffled);
            Assert.Equal(expected, Embed(FixtureModels.Bundled, shuffled, 7));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    public void Any_number_of_threads_gives_the_same(int threads)
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny) with { Threads = threads });

        Assert.Equal(Embed(FixtureModels.Tiny, _snippets, 16), Embed(service, _snippets, 16));
    }

    [Fact]
    public void A_model_that_is_loaded_again_gives_the_same()
    {
        using var other = new FixtureModels();

        Assert.Equal(Embed(FixtureModels.Tiny, _snippets, 16), Embed(other.Service(FixtureModels.Tiny), _snippets, 16));
    }

    private SortedDictionary<string, string> Embed(string form, CodeSnippet[] snippets, int batchSize) =>
        Embed(models.Service(form), snippets, batchSize);

    /// <summary>The bits of each vector by the id of its snippet.</summary>
    private static SortedDictionary<string, string> Embed(IEmbeddingService service, CodeSnippet[] snippets, int batchSize)
    {
        var vectors = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (CodeSnippet[] batch in snippets.Chunk(batchSize))
        {
            foreach (CodeEmbedding embedding in service.EmbedBatch(batch, TestContext.Current.CancellationToken))
                vectors.Add(embedding.Snippet.Id, Convert.ToHexString(MemoryMarshal.AsBytes<float>(embedding.Vector)));
        }

        return vectors;
    }
}
