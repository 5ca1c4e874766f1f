using System.Runtime.InteropServices;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>In a large model short snippets share a run. Each gets, bit for bit, what it gets alone in the small model with the same numbers.</summary>
public sealed class SharedRunTests(ManyWordsModel large) : IClassFixture<ManyWordsModel>
{
    private static readonly EmbeddingServiceOptions Small = FixtureModels.Options(FixtureModels.Tiny);

    private readonly CodeSnippet[] _snippets = Snippets.OfTexts();

    [Theory]
    [InlineData(EmbeddingPrecision.Float32, 1, 1)]
    [InlineData(EmbeddingPrecision.Float32, 2, 1)]
    [InlineData(EmbeddingPrecision.Float32, 16, 2)]
    [InlineData(EmbeddingPrecision.Float32, 69, 1)]
    [InlineData(EmbeddingPrecision.Float32, 69, 3)]
    [InlineData(EmbeddingPrecision.Int8, 1, 1)]
    [InlineData(EmbeddingPrecision.Int8, 16, 2)]
    [InlineData(EmbeddingPrecision.Int8, 69, 1)]
    public void A_batch_of_any_size_gives_what_each_snippet_alone_gives(EmbeddingPrecision precision, int batchSize, int threads)
    {
        string[] expected = Embed(Small with { Precision = precision }, _snippets, batchSize: 1);

        Assert.Equal(expected, Embed(large.Options with { Precision = precision, Threads = threads }, _snippets, batchSize));
    }

    [Fact]
    public void One_that_fails_does_not_take_those_of_its_run_with_it()
    {
        // Only the text with the mask token has its id, which is the last of the small model.
        using var damaged = new ManyWordsModel(notFinite: 1260);
        using var service = new OnnxEmbeddingService(damaged.Options);
        CodeSnippet[] batch = [Snippets.Of("a = 1", "1"), Snippets.Of("b = <mask>", "2"), Snippets.Of("c = 3", "3")];

        EmbeddingException exception = Assert.Throws<EmbeddingException>(() => service.EmbedBatch(batch, TestContext.Current.CancellationToken));
        Assert.Contains("the vector of '2' holds a NaN", exception.Message, StringComparison.Ordinal);

        CodeSnippet[] others = [batch[0], batch[2]];
        Assert.Equal(Embed(Small, others, batchSize: 1), Embed(damaged.Options, others, batchSize: 2));
    }

    [Theory]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.None)]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.Cls | EmbeddingPooling.LastToken)]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.Max | EmbeddingPooling.WeightedMean)]
    [InlineData(EmbeddingPrecision.Int8, EmbeddingPooling.None)]
    public void One_run_gives_what_each_snippet_alone_gives(EmbeddingPrecision precision, EmbeddingPooling pooling)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string[] expected = Embed(Small with { Precision = precision, Pooling = pooling }, _snippets, batchSize: 1);
        using LoadedModel model = ModelLoader.Load(large.Options with { Precision = precision, Pooling = pooling }, stop);

        Assert.True(model.TokensAtOnce > 0);
        Assert.Equal(expected, model.Embed([.. _snippets.Select(snippet => model.Tokenize(snippet, stop))], stop).Select(Bits));
    }

    [Fact]
    public void A_stopped_batch_ends_as_a_cancellation()
    {
        using var service = new OnnxEmbeddingService(large.Options);
        service.Load(TestContext.Current.CancellationToken);
        CodeSnippet[] batch = [.. Enumerable.Repeat(Snippets.Of("x = 1"), 100_000)];
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        Assert.ThrowsAny<OperationCanceledException>(() => service.EmbedBatch(batch, stop.Token));
    }

    private static string[] Embed(EmbeddingServiceOptions options, CodeSnippet[] snippets, int batchSize)
    {
        using var service = new OnnxEmbeddingService(options);
        return
        [
            .. snippets.Chunk(batchSize)
                .SelectMany(batch => service.EmbedBatch(batch, TestContext.Current.CancellationToken))
                .Select(Bits),
        ];
    }

    private static string Bits(CodeEmbedding embedding) => Convert.ToHexString(MemoryMarshal.AsBytes<float>(embedding.Vector));
}
