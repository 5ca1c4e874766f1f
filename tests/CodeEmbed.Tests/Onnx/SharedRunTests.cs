using System.Diagnostics;
using System.Runtime.InteropServices;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Scheduling;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   In a large model, short snippets share a run. The results are bitwise identical to the results for each snippet alone in the
///   small model with the same numbers.
/// </summary>
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
    public void A_batch_of_any_size_gives_the_same_as_each_snippet_alone(EmbeddingPrecision precision, int batchSize, int threads)
    {
        string[] expected = Embed(Small with { Precision = precision }, _snippets, batchSize: 1);

        Assert.Equal(expected, Embed(large.Options with { Precision = precision, Threads = threads }, _snippets, batchSize));
    }

    [Fact]
    public void A_failed_snippet_does_not_affect_the_others_in_its_run()
    {
        // Only the text with the mask token has the id of that token, which is the last id of the small model.
        using var damaged = new ManyWordsModel(notFinite: 1260);
        using var service = new OnnxEmbeddingService(damaged.Options);
        CodeSnippet[] batch = [Snippets.Of("a = 1", "1"), Snippets.Of("b = <mask>", "2"), Snippets.Of("c = 3", "3")];

        EmbeddingException exception = Assert.Throws<EmbeddingException>(
            () => service.EmbedBatch(batch, TestContext.Current.CancellationToken));
        Assert.Contains("the vector of '2' holds a NaN", exception.Message, StringComparison.Ordinal);

        CodeSnippet[] others = [batch[0], batch[2]];
        Assert.Equal(Embed(Small, others, batchSize: 1), Embed(damaged.Options, others, batchSize: 2));
    }

    [Theory]
    [InlineData(EmbeddingPrecision.Float32)]
    [InlineData(EmbeddingPrecision.Int8)]
    public async Task Only_the_failed_snippet_has_no_embedding_and_the_others_have_the_bits_of_a_run_without_it(
        EmbeddingPrecision precision)
    {
        using var damaged = new ManyWordsModel(notFinite: 1260);
        using var service = new OnnxEmbeddingService(damaged.Options with { Precision = precision, Threads = 1 });
        CodeSnippet[] batch =
            [.. Enumerable.Range(1, 16).Select(number => Snippets.Of(number == 5 ? "b = <mask>" : $"a = {number}", $"{number}"))];

        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal([.. batch.Select(snippet => snippet.Id == "5")], outcomes.Select(outcome => outcome.IsRejected));
        Assert.IsType<EmbeddingException>(outcomes[4].Rejected!.Reason);
        CodeSnippet[] others = [.. batch.Where(snippet => snippet.Id != "5")];
        Assert.Equal(
            Embed(damaged.Options with { Precision = precision }, others, batchSize: 1),
            outcomes.Where(outcome => !outcome.IsRejected).Select(outcome => Bits(outcome.Value())));
    }

    [Theory]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.None)]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.Cls | EmbeddingPooling.LastToken)]
    [InlineData(EmbeddingPrecision.Float32, EmbeddingPooling.Max | EmbeddingPooling.WeightedMean)]
    [InlineData(EmbeddingPrecision.Int8, EmbeddingPooling.None)]
    public void One_run_gives_the_same_as_each_snippet_alone(EmbeddingPrecision precision, EmbeddingPooling pooling)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string[] expected = Embed(Small with { Precision = precision, Pooling = pooling }, _snippets, batchSize: 1);
        using LoadedModel model = ModelLoader.Load(large.Options with { Precision = precision, Pooling = pooling }, stop);

        Assert.True(model.TokensAtOnce > 0);
        Assert.Equal(
            expected,
            model.Embed([.. _snippets.Select(snippet => model.Tokenize(snippet, stop))], stop).Select(
                outcome => Bits(outcome.Value())));
    }

    [Fact]
    public async Task A_cancelled_batch_of_100000_drains_in_under_a_tenth_of_a_second()
    {
        using var service = new OnnxEmbeddingService(large.Options);
        await service.LoadAsync(TestContext.Current.CancellationToken);
        CodeSnippet[] batch = [.. Enumerable.Repeat(Snippets.Of("x = 1"), 100_000)];
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<Outcome<CodeEmbedding>>> embedding = service.EmbedAsync(batch, stop.Token);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        Promptness.Check(watch.Elapsed, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_cancelled_batch_ends_as_a_cancellation()
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
