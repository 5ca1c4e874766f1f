using System.Diagnostics;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Cancelled work ends quickly, as a cancellation and not as a failure.</summary>
public sealed class CancellationTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    /// <summary>The service promises about a second; the rest allows for a busy machine.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    [Fact]
    public void A_batch_that_is_cancelled_before_it_starts_loads_no_model()
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny));

        Assert.ThrowsAny<OperationCanceledException>(
            () => service.EmbedBatch([Snippets.Of("x")], new CancellationToken(canceled: true)));
        Assert.Null(service.Model);
    }

    [Fact]
    public void A_cancelled_batch_does_not_affect_the_next()
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny));
        Assert.ThrowsAny<OperationCanceledException>(
            () => service.EmbedBatch([Snippets.Of("x")], new CancellationToken(canceled: true)));

        Assert.Single(service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_cancelled_batch_of_a_loaded_model_does_not_start()
    {
        IEmbeddingService service = models.Service(FixtureModels.Tiny);
        service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken);

        Assert.ThrowsAny<OperationCanceledException>(
            () => service.EmbedBatch([Snippets.Of("x")], new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_batch_that_is_cancelled_while_it_runs_ends_quickly()
    {
        IEmbeddingService service = models.Service(FixtureModels.Bundled);
        service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken);

        // 10,000 snippets of 512 tokens take minutes.
        CodeSnippet[] snippets = [.. Enumerable.Repeat(Snippets.Of(ExpectedValues.Texts[67]), 10_000)];
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var watch = Stopwatch.StartNew();

        Assert.ThrowsAny<OperationCanceledException>(() => service.EmbedBatch(snippets, stop.Token));
        Promptness.Check(watch.Elapsed, TimeSpan.FromMilliseconds(300) + Soon);
    }

    // Hugging Face's tokenizers takes less than 0.1 seconds. Splitting a text cannot be cancelled, so it must not take long.
    [Fact]
    public void A_word_of_300000_letters_is_split_quickly()
    {
        using var model = new ModelCopy();
        string text = string.Concat(Enumerable.Repeat("ab", 150_000));
        var watch = Stopwatch.StartNew();

        int[] ids = model.Encode(text);

        Assert.Equal([0, .. Enumerable.Repeat(401, 150_000), 2], ids);
        Promptness.Check(watch.Elapsed, Soon);
    }
}
