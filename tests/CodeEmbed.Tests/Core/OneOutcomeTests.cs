using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Each record has one outcome, and each snippet is embedded once.</summary>
public sealed class OneOutcomeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 16)]
    [InlineData(64, 1)]
    [InlineData(64, 4)]
    [InlineData(64, 16)]
    [InlineData(64, 1000)]
    [InlineData(128, 1)]
    [InlineData(128, 16)]
    [InlineData(128, 1000)]
    public async Task Each_worker_has_a_snippet_and_another_one_waiting(int workers, int batchSize)
    {
        int count = 8 * Math.Max(workers, batchSize);
        using var service = new WorkersStandIn(workers, count);
        var writer = new RecordingWriter();

        var pipeline = new EmbeddingPipeline(
            new ListedSnippets(Sample.Snippets(count)), service, writer, new BatchingOptions { BatchSize = batchSize });
        await pipeline.RunAsync(Token).WaitAsync(HangLimit.Value, Token);

        Assert.Equal(count, writer.Ids.Count);

        // Large batches do not accumulate.
        Assert.InRange(service.MostAtHand, 2 * workers, (24 * workers) + (2 * batchSize));
    }

    [Fact]
    public async Task A_bad_snippet_does_not_cause_the_others_to_be_embedded_again()
    {
        // The batch is not full, so it starts at the end. Otherwise, it could be returned with the last added snippet.
        using var service = new PickyService("7");
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = 17, SkipFailed = true }, Token);
        foreach (CodeSnippet snippet in Sample.Snippets(16))
            await batcher.AddAsync(snippet);

        EmbeddedBatch? batch = await batcher.CompleteAsync();

        Assert.Equal((1, 16), (service.Calls, service.Snippets));
        Assert.Equal(
            [.. Enumerable.Range(1, 16).Where(id => id != 7).Select(id => $"{id}")],
            batch!.Embeddings.Select(embedding => embedding.Id));
        Assert.Equal("7", Assert.Single(batch.Rejected).Id);
    }

    [Fact]
    public async Task The_message_of_a_batch_does_not_grow_with_its_size()
    {
        string[] bad = [.. Enumerable.Range(1, 10_000).Select(id => $"{id}")];
        using var service = new PickyService(bad);
        using var batcher = new EmbeddingBatcher(service, new BatchingOptions { BatchSize = bad.Length }, Token);

        EmbeddingException error = await Assert.ThrowsAsync<EmbeddingException>(async () =>
        {
            foreach (CodeSnippet snippet in Sample.Snippets(bad.Length))
                await batcher.AddAsync(snippet);

            await batcher.CompleteAsync();
        });

        Assert.Equal("Batch 1 with the snippet '1' and 9999 others cannot be embedded: it is bad.", error.Message);
        Assert.Equal(bad.Length, error.SnippetIds.Count);
    }

    [Fact]
    public async Task Invalid_records_and_snippets_that_cannot_be_embedded_are_rejected_in_the_order_of_the_input()
    {
        string input = _folder.WriteLines(
            "in.jsonl", Sample.Line("1"), "oops", Sample.Line("3"), "[]", Sample.Line("5"), Sample.Line("6"));
        string target = _folder.File("out.jsonl"), rejects = _folder.File("rejects.jsonl");
        var told = new List<long>();
        PipelineSummary summary;
        using (var file = new JsonlRejectWriter(rejects))
        await using (var writer = new JsonlEmbeddingWriter(target))
        {
            var options = new BatchingOptions { BatchSize = 4, SkipFailed = true };
            var pipeline = new EmbeddingPipeline(
                new JsonlSnippetReader(input),
                new PickyService("3", "6"),
                writer,
                options,
                record => told.Add(record.Source!.Line),
                new OrderedRejects(file))
            {
                SkipInvalid = true,
            };
            summary = await pipeline.RunAsync(Token);
        }

        Assert.Equal(new PipelineSummary(Read: 6, Written: 2, Rejected: 4, Batches: 1, Tokens: 6), summary);
        Assert.Equal([2, 4, 3, 6], told);
        Assert.Equal([2, 3, 4, 6], Staged.InputFiles.Column(rejects, "line").Select(line => line.GetInt64()));
        Assert.Equal(["1", "5"], (await Reading.AllAsync(target)).Select(snippet => snippet.Id));
    }

    // A kill between the two steps would leave the records of an interrupted run next to a complete output.
    [Fact]
    public async Task The_file_of_rejected_records_is_complete_before_the_output_gets_its_name()
    {
        string input = _folder.WriteLines("in.jsonl", "oops");
        string rejects = _folder.WriteLines("rejects.jsonl", "what an interrupted run left");
        long length = 0;
        using (var file = new JsonlRejectWriter(rejects))
        {
            var writer = new RecordingWriter { OnComplete = () => length = new FileInfo(rejects).Length };
            var pipeline = new EmbeddingPipeline(
                new JsonlSnippetReader(input), new FakeEmbeddingService(), writer, rejects: new OrderedRejects(file))
            {
                SkipInvalid = true,
            };
            await pipeline.RunAsync(Token);
        }

        Assert.Equal([1], Staged.InputFiles.Column(rejects, "line").Select(line => line.GetInt64()));
        Assert.Equal(new FileInfo(rejects).Length, length);
    }

    [Fact]
    public async Task An_invalid_record_ends_the_run_if_no_records_are_rejected()
    {
        string input = _folder.WriteLines("in.jsonl", "oops");

        var pipeline = new EmbeddingPipeline(new JsonlSnippetReader(input), new FakeEmbeddingService(), new RecordingWriter());

        InvalidInputException error = await Assert.ThrowsAsync<InvalidInputException>(() => pipeline.RunAsync(Token));
        Assert.Equal(1, error.Place.Line);
    }

    /// <summary>Embeds all but some snippets, and counts the calls.</summary>
    private sealed class PickyService(params string[] bad) : IEmbeddingService
    {
        private readonly FakeEmbeddingService _inner = new();
        private readonly HashSet<string> _bad = [.. bad];

        public int Calls { get; private set; }

        public int Snippets { get; private set; }

        public EmbeddingModel? Model => _inner.Model;

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) =>
            _inner.LoadAsync(cancellationToken);

        public async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
        {
            Calls++;
            Snippets += snippets.Count;
            return
            [
                .. (await _inner.EmbedAsync(snippets, cancellationToken)).Zip(snippets, (made, snippet) =>
                    _bad.Contains(snippet.Id)
                        ? new Outcome<CodeEmbedding>(RejectedRecord.Of(snippet, new EmbeddingException("it is bad.", snippet.Id)))
                        : made),
            ];
        }

        public void Dispose() => _inner.Dispose();
    }
}
