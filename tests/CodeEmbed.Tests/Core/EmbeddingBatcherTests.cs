using CodeEmbed.Pipeline;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Batches: their sizes, their order, how many are in progress, and how they fail and stop.</summary>
public sealed class EmbeddingBatcherTests
{
    private static readonly BatchingOptions ByTwo = new() { BatchSize = 2 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 2, new int[0])]
    [InlineData(1, 16, new[] { 1 })]
    [InlineData(3, 16, new[] { 3 })]
    [InlineData(4, 1, new[] { 1, 1, 1, 1 })]
    [InlineData(5, 2, new[] { 2, 2, 1 })]
    [InlineData(6, 3, new[] { 3, 3 })]
    public async Task Snippets_are_grouped_into_batches_and_the_last_holds_the_rest(int snippets, int size, int[] expected)
    {
        var service = new FakeEmbeddingService();

        await RunAsync(service, snippets, new BatchingOptions { BatchSize = size });

        Assert.Equal(expected, service.Batches.Select(batch => batch.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Batches_are_returned_in_order_even_if_later_ones_are_faster(int lookAhead)
    {
        var service = new FakeEmbeddingService { OnBatch = (number, _) => Thread.Sleep(number % 3 == 1 ? 20 : 0) };

        List<EmbeddedBatch> batches = await RunAsync(service, 19, new BatchingOptions { BatchSize = 2, LookAhead = lookAhead });

        Assert.Equal(Enumerable.Range(1, 10), batches.Select(batch => batch.Number));
        Assert.Equal(
            Sample.Snippets(19).Select(snippet => snippet.Id),
            batches.SelectMany(batch => batch.Embeddings).Select(embedding => embedding.Snippet.Id));
    }

    [Fact]
    public async Task Each_snippet_is_returned_with_its_own_embedding()
    {
        List<EmbeddedBatch> batches = await RunAsync(new FakeEmbeddingService(), 5, ByTwo);

        Assert.Equal(
            ["1:1", "2:1", "3:2", "4:2", "5:3"],
            batches.SelectMany(batch => batch.Embeddings).Select(embedding => $"{embedding.Snippet.Id}:{embedding.Vector[0]}"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Reused_embeddings_are_returned_in_order(int everyOther)
    {
        var service = new FakeEmbeddingService { BatchesAtOnce = 2 };
        using var batcher = new EmbeddingBatcher(service, ByTwo, Token);
        var batches = new List<EmbeddedBatch>();
        CodeSnippet[] snippets = Sample.Snippets(1000);
        for (int i = 0; i < snippets.Length; i++)
        {
            batches.AddRange(
                i % everyOther == 0
                    ? await batcher.AddAsync(snippets[i])
                    : await batcher.AddReusedAsync(Sample.Embedding(snippets[i])));
        }

        while (await batcher.CompleteAsync() is { } last)
            batches.Add(last);

        Assert.Equal(
            snippets.Select(snippet => snippet.Id),
            batches.SelectMany(batch => batch.Embeddings).Select(embedding => embedding.Id));
        int embedded = (snippets.Length + everyOther - 1) / everyOther;
        Assert.Equal(
            (embedded, snippets.Length - embedded, 3L * embedded),
            (batches.Sum(batch => batch.EmbeddedCount), batches.Sum(batch => batch.Reused.Count),
                batches.Sum(batch => batch.TokenCount)));
        Assert.All(batches, batch => Assert.InRange(batch.Outcomes.Count, 1, 2 + 128));
        Assert.All(batches, batch => Assert.Equal(batch.Number > 0, batch.EmbeddedCount > 0));
        Assert.DoesNotContain(batches, batch => batch.WasResumed);
    }

    [Fact]
    public async Task A_reused_embedding_does_not_wait_if_nothing_is_embedded()
    {
        using var batcher = new EmbeddingBatcher(new FakeEmbeddingService(), ByTwo, Token);

        EmbeddedBatch batch = Assert.Single(await batcher.AddReusedAsync(Sample.Embedding(Sample.Snippet("1"))));

        Assert.Equal((0, 1, 0L), (batch.Number, batch.Reused.Count, batch.TokenCount));
    }

    // Two batches are started before the first has finished: reused embeddings between them take no batch's place.
    [Fact]
    public async Task Reused_embeddings_do_not_keep_the_model_waiting()
    {
        using var bothRun = new CountdownEvent(2);
        var service = new FakeEmbeddingService
        {
            BatchesAtOnce = 2,
            OnBatch = (_, token) =>
            {
                bothRun.Signal();
                bothRun.Wait(token);
            },
        };
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1 }, Token);

        await batcher.AddAsync(Sample.Snippet("a"));
        for (int i = 0; i < 100; i++)
            Assert.Empty(await batcher.AddReusedAsync(Sample.Embedding(Sample.Snippet($"{i}"))));

        List<EmbeddedBatch> batches = [.. await batcher.AddAsync(Sample.Snippet("b"))];
        while (await batcher.CompleteAsync() is { } last)
            batches.Add(last);

        Assert.Equal([1, 101], batches.Select(batch => batch.Outcomes.Count));
    }

    [Fact]
    public async Task A_batch_reports_its_tokens_and_its_duration()
    {
        var service = new FakeEmbeddingService { OnBatch = (_, _) => Thread.Sleep(50) };

        EmbeddedBatch batch = Assert.Single(await RunAsync(service, 4, new BatchingOptions()));

        Assert.Equal(12, batch.TokenCount);
        Assert.InRange(batch.Duration, TimeSpan.FromMilliseconds(40), HangLimit.Value);
    }

    [Fact]
    public async Task Adding_does_not_wait_until_the_look_ahead_is_full()
    {
        using var gate = new ManualResetEventSlim();
        var service = new FakeEmbeddingService { OnBatch = (_, token) => gate.Wait(token) };
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1, LookAhead = 3 }, Token);

        Assert.Empty(await batcher.AddAsync(Sample.Snippet("1")).AsTask().WaitAsync(HangLimit.Value, Token));
        Assert.Empty(await batcher.AddAsync(Sample.Snippet("2")).AsTask().WaitAsync(HangLimit.Value, Token));
        Task<IReadOnlyList<EmbeddedBatch>> third = batcher.AddAsync(Sample.Snippet("3")).AsTask();
        Assert.False(third.IsCompleted);

        gate.Set();
        Assert.Equal(1, (await third.WaitAsync(HangLimit.Value, Token))[0].Number);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(4, 2)]
    public async Task No_more_batches_than_the_look_ahead_are_in_progress(int lookAhead, int size)
    {
        using var batcher = new EmbeddingBatcher(
            new FakeEmbeddingService { OnBatch = (number, _) => Thread.Sleep(number % 4) },
            new BatchingOptions { BatchSize = size, LookAhead = lookAhead },
            Token);
        int added = 0, taken = 0, most = 0;
        foreach (CodeSnippet snippet in Sample.Snippets(60))
        {
            // The added snippet may start a batch.
            most = Math.Max(most, (++added / size) - taken);
            taken += (await batcher.AddAsync(snippet)).Count;
        }

        Assert.InRange(most, 1, lookAhead);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Enough_batches_are_embedded_at_once_to_keep_the_service_busy(int atOnce)
    {
        // Each batch finishes only when this many are running.
        using var together = new Barrier(atOnce);
        int running = 0, tooMany = 0;
        using var service = new FakeEmbeddingService
        {
            BatchesAtOnce = atOnce,
            OnBatch = (_, _) =>
            {
                if (Interlocked.Increment(ref running) > atOnce)
                    Interlocked.Increment(ref tooMany);

                Assert.True(together.SignalAndWait(HangLimit.Value, Token));
                Interlocked.Decrement(ref running);
            },
        };

        IReadOnlyList<EmbeddedBatch> batches = await RunAsync(service, 12, new BatchingOptions { BatchSize = 1 });

        Assert.Equal(Enumerable.Range(1, 12), batches.Select(batch => batch.Number));
        Assert.Equal(
            Enumerable.Range(1, 12).Select(number => $"{number}"),
            batches.SelectMany(batch => batch.Embeddings).Select(embedding => embedding.Snippet.Id));
        Assert.Equal(0, tooMany);
    }

    [Fact]
    public async Task The_first_batch_is_returned_before_the_input_ends()
    {
        using var batcher = new EmbeddingBatcher(
            new FakeEmbeddingService(), new BatchingOptions { BatchSize = 2, LookAhead = 2 }, Token);
        int? addedAtFirst = null;
        for (int i = 1; i <= 100; i++)
        {
            if ((await batcher.AddAsync(Sample.Snippet($"{i}"))).Count > 0)
                addedAtFirst ??= i;
        }

        // At the latest when two batches are in progress.
        Assert.InRange(addedAtFirst ?? int.MaxValue, 2, 4);
    }

    [Fact]
    public async Task All_finished_batches_are_returned_with_the_next_snippet()
    {
        using var gate = new ManualResetEventSlim();
        using var fourth = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var service = new FakeEmbeddingService
        {
            OnBatch = (number, token) =>
            {
                gate.Wait(token);
                if (number == 4)
                {
                    fourth.Set();
                    end.Wait(token);
                }
            },
        };
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1, LookAhead = 100 }, Token);
        foreach (CodeSnippet snippet in Sample.Snippets(4))
            await batcher.AddAsync(snippet);

        // The fourth starts when the third has finished.
        gate.Set();
        Assert.True(fourth.Wait(HangLimit.Value, Token));

        Assert.Equal([1, 2, 3], (await batcher.AddAsync(Sample.Snippet("5"))).Select(batch => batch.Number));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Batches_before_a_failed_one_are_returned_first_and_later_ones_are_not_embedded(int lookAhead)
    {
        var service = new FakeEmbeddingService { OnBatch = FailAt(3, new EmbeddingException("NaN.", "5")) };
        BatchingOptions options = ByTwo with { LookAhead = lookAhead };
        var numbers = new List<int>();

        await Assert.ThrowsAsync<EmbeddingException>(
            () => RunAsync(service, 12, options, batch => numbers.Add(batch.Number)));

        Assert.Equal([1, 2], numbers);
        Assert.Equal(3, service.Batches.Length);
    }

    [Fact]
    public async Task A_failed_batch_is_reported_with_its_number_and_its_ids()
    {
        var cause = new InvalidOperationException();
        var failure = new EmbeddingException("The reason.", "3", cause);
        var service = new FakeEmbeddingService { OnBatch = FailAt(2, failure) };

        var error = await Assert.ThrowsAsync<EmbeddingException>(() => RunAsync(service, 5, ByTwo));

        Assert.Equal(2, error.BatchNumber);
        Assert.Equal("3", error.SnippetId);
        Assert.Equal(["3", "4"], error.SnippetIds);
        Assert.Same(cause, error.InnerException);
        Assert.Equal("Batch 2 with the snippet '3' and 1 other cannot be embedded: The reason.", error.Message);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_is_reported_with_the_error_of_the_service()
    {
        var failure = new ModelLoadException("tiny", "It is not there.");

        var error = await Assert.ThrowsAsync<ModelLoadException>(
            () => RunAsync(new FakeEmbeddingService { OnBatch = FailAt(1, failure) }, 5, ByTwo));

        Assert.Same(failure, error);
    }

    [Fact]
    public async Task An_invalid_snippet_is_reported_with_the_error_of_the_service()
    {
        var failure = new SnippetValidationException("content", "is missing", null, "3");

        var error = await Assert.ThrowsAsync<SnippetValidationException>(
            () => RunAsync(new FakeEmbeddingService { OnBatch = FailAt(2, failure) }, 5, ByTwo));

        Assert.Same(failure, error);
    }

    [Fact]
    public async Task Cancelling_stops_the_running_batch_and_starts_no_other()
    {
        using var stop = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        var service = new FakeEmbeddingService { OnBatch = (_, token) => WaitUntilCancelled(begun, token) };
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1, LookAhead = 10 }, stop.Token);
        foreach (CodeSnippet snippet in Sample.Snippets(3))
            await batcher.AddAsync(snippet);

        Assert.True(begun.Wait(HangLimit.Value, Token));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => batcher.CompleteAsync().AsTask().WaitAsync(HangLimit.Value, Token));
        Assert.Single(service.Batches);
    }

    [Fact]
    public async Task A_token_that_is_already_cancelled_embeds_nothing()
    {
        var service = new FakeEmbeddingService();
        using var batcher = new EmbeddingBatcher(service, null, new CancellationToken(canceled: true));
        await batcher.AddAsync(Sample.Snippet("1"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await batcher.CompleteAsync());

        Assert.Empty(service.Batches);
    }

    [Fact]
    public async Task Disposing_stops_the_running_batch_and_waits_for_it()
    {
        using var begun = new ManualResetEventSlim();
        bool ended = false;
        var service = new FakeEmbeddingService
        {
            OnBatch = (_, token) =>
            {
                begun.Set();
                Assert.True(token.WaitHandle.WaitOne(HangLimit.Value));
                Thread.Sleep(100);
                ended = true;
                token.ThrowIfCancellationRequested();
            },
        };
        var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1, LookAhead = 10 }, Token);
        foreach (CodeSnippet snippet in Sample.Snippets(3))
            await batcher.AddAsync(snippet);

        Assert.True(begun.Wait(HangLimit.Value, Token));
        batcher.Dispose();

        Assert.True(ended);
        Assert.Single(service.Batches);
    }

    [Fact]
    public async Task Disposing_after_a_batch_failed_does_not_throw()
    {
        using var added = new ManualResetEventSlim();
        using var failed = new ManualResetEventSlim();
        var service = new FakeEmbeddingService
        {
            OnBatch = (_, token) =>
            {
                // Adding another snippet would report the failure too.
                added.Wait(token);
                failed.Set();
                throw new EmbeddingException("NaN.", "1");
            },
        };
        var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 1, LookAhead = 10 }, Token);
        await batcher.AddAsync(Sample.Snippet("1"));
        added.Set();
        Assert.True(failed.Wait(HangLimit.Value, Token));

        Assert.Null(Record.Exception(batcher.Dispose));
    }

    [Fact]
    public async Task Disposing_does_not_embed_an_incomplete_batch()
    {
        var service = new FakeEmbeddingService();
        var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 2 }, Token);
        await batcher.AddAsync(Sample.Snippet("1"));

        batcher.Dispose();

        Assert.Empty(service.Batches);
    }

    [Fact]
    public void Disposing_twice_is_harmless()
    {
        // .NET's contract for IDisposable.Dispose: all calls after the first are ignored.
        var batcher = new EmbeddingBatcher(new FakeEmbeddingService());
        batcher.Dispose();

        Assert.Null(Record.Exception(batcher.Dispose));
    }

    [Fact]
    public async Task The_service_is_not_disposed()
    {
        var service = new FakeEmbeddingService();

        await RunAsync(service, 5, ByTwo);

        Assert.False(service.IsDisposed);
    }

    private static Action<int, CancellationToken> FailAt(int batch, Exception failure) => (number, _) =>
    {
        if (number == batch)
            throw failure;
    };

    private static void WaitUntilCancelled(ManualResetEventSlim begun, CancellationToken token)
    {
        begun.Set();
        token.WaitHandle.WaitOne(HangLimit.Value);
        token.ThrowIfCancellationRequested();
    }

    private static async Task<List<EmbeddedBatch>> RunAsync(
        FakeEmbeddingService service, int snippets, BatchingOptions options, Action<EmbeddedBatch>? onBatch = null)
    {
        var batches = new List<EmbeddedBatch>();
        using var batcher = new EmbeddingBatcher(service, options, Token);
        foreach (CodeSnippet snippet in Sample.Snippets(snippets))
        {
            foreach (EmbeddedBatch batch in await batcher.AddAsync(snippet).AsTask().WaitAsync(HangLimit.Value, Token))
                Take(batch);
        }

        while (await batcher.CompleteAsync().AsTask().WaitAsync(HangLimit.Value, Token) is { } batch)
            Take(batch);

        return batches;

        void Take(EmbeddedBatch batch)
        {
            batches.Add(batch);
            onBatch?.Invoke(batch);
        }
    }
}
