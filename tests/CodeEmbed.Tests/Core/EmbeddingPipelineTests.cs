using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The whole pipeline from the input to the output.</summary>
public sealed class EmbeddingPipelineTests : IDisposable
{
    private const string Before = "what was there before\n";

    private static readonly BatchingOptions ByTwo = new() { BatchSize = 2 };

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("out.jsonl");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Five_snippets_are_embedded_in_three_batches_of_two_and_written_in_order()
    {
        var service = new FakeEmbeddingService();
        var writer = new RecordingWriter();

        await new EmbeddingPipeline(new ListedSnippets(Sample.Snippets(5)), service, writer, ByTwo).RunAsync(Token);

        Assert.Equal(["1,2", "3,4", "5"], service.Batches.Select(batch => string.Join(',', batch)));
        Assert.Equal(["1", "2", "3", "4", "5"], writer.Ids);
    }

    [Fact]
    public async Task The_summary_counts_snippets_batches_and_tokens()
    {
        var reader = new ListedSnippets(Sample.Snippets(5));

        PipelineSummary summary =
            await new EmbeddingPipeline(reader, new FakeEmbeddingService(), new RecordingWriter(), ByTwo).RunAsync(Token);

        Assert.Equal(new PipelineSummary(Read: 5, Written: 5, Rejected: 0, Batches: 3, Tokens: 15), summary);
    }

    [Fact]
    public async Task The_output_is_completed_once_and_nothing_is_disposed()
    {
        var service = new FakeEmbeddingService();
        var writer = new RecordingWriter();

        await new EmbeddingPipeline(new ListedSnippets(Sample.Snippets(5)), service, writer, ByTwo).RunAsync(Token);

        Assert.Equal((1, false, false), (writer.Completions, writer.IsDisposed, service.IsDisposed));
    }

    [Fact]
    public async Task An_empty_input_is_completed_without_calling_the_service()
    {
        var service = new FakeEmbeddingService();
        var writer = new RecordingWriter();

        PipelineSummary summary = await new EmbeddingPipeline(new ListedSnippets([]), service, writer).RunAsync(Token);

        Assert.Equal(new PipelineSummary(0, 0, 0, 0, 0), summary);
        Assert.Equal(1, writer.Completions);
        Assert.Empty(service.Batches);
    }

    [Fact]
    public async Task No_more_snippets_are_read_ahead_than_the_running_batches_hold()
    {
        var reader = new ListedSnippets(Sample.Snippets(100));
        int most = 0;
        RecordingWriter? writer = null;
        writer = new RecordingWriter { OnWrite = () => most = Math.Max(most, reader.Given - writer!.Ids.Count) };

        var options = new BatchingOptions { BatchSize = 5, LookAhead = 2 };
        await new EmbeddingPipeline(reader, new FakeEmbeddingService(), writer, options).RunAsync(Token);

        // Two batches of five.
        Assert.InRange(most, 5, 10);
    }

    [Fact]
    public async Task A_file_becomes_a_file()
    {
        string input = _folder.WriteLines(
            "in.jsonl",
            """{"id":"1","file_path":"a.py","language":"python","content":"a","stars":12.50,"metadata":{"k":[1, 2]}}""",
            "",
            """{"note":"\u0041","id":"2","file_path":"b.py","language":"python","content":"ä"}""",
            """{"id":"3","file_path":"c.py","language":"python","content":"","vector":[1]}""");

        PipelineSummary summary = await RunFilesAsync(input, new FakeEmbeddingService());

        Assert.Equal(new PipelineSummary(3, 3, 0, 2, 9), summary);
        const string rest = """
            "language":"python","content":"a","stars":12.50,"metadata":{"k":[1, 2]}
            """;
        const string added =
            "\"model_name\":\"fake\",\"precision\":\"float32\",\"normalized\":false,\"token_count\":3,"
            + "\"truncated_tokens\":0,\"fingerprint\":\"00000000000000ff\"";
        Assert.Equal(
            $$"""
            {"id":"1","file_path":"a.py",{{rest}},"vector":[1],{{added}}}
            {"note":"\u0041","id":"2","file_path":"b.py","language":"python","content":"ä","vector":[1],{{added}}}
            {"id":"3","file_path":"c.py","language":"python","content":"","vector":[2],{{added}}}

            """,
            await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task An_empty_file_becomes_an_empty_file()
    {
        await File.WriteAllTextAsync(Target, Before, Token);

        await RunFilesAsync(_folder.WriteLines("in.jsonl"), new FakeEmbeddingService());

        Assert.Empty(await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task Embedding_an_output_file_again_produces_the_same_file()
    {
        string input = _folder.WriteLines("in.jsonl", Sample.Line("1"), Sample.LineWith("\"note\":{}"), Sample.Line("3"));
        await RunFilesAsync(input, new FakeEmbeddingService());
        string first = await File.ReadAllTextAsync(Target, Token);

        File.Move(Target, input, overwrite: true);
        await RunFilesAsync(input, new FakeEmbeddingService());

        Assert.Equal(first, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task A_bad_record_leaves_the_target_unchanged_and_the_error_names_the_partial_file()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        string input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 40).Select(id => Sample.Line($"{id}")), "{oops"]);

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => RunFilesAsync(input, new FakeEmbeddingService()));

        Assert.Equal(Target + ".partial", error.PartialFile);
        Assert.StartsWith($"{input}:41: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{Target}.partial'", error.Message, StringComparison.Ordinal);
        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task After_a_bad_record_the_partial_file_holds_whole_records_starting_with_the_first()
    {
        string input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 40).Select(id => Sample.Line($"{id}")), "{oops"]);

        await Assert.ThrowsAsync<InvalidInputException>(() => RunFilesAsync(input, new FakeEmbeddingService()));

        // Twenty batches with four in progress: at least sixteen were returned.
        List<CodeSnippet> finished = await Reading.AllAsync(Target + ".partial");
        Assert.InRange(finished.Count, 32, 40);
        Assert.Equal(Enumerable.Range(1, finished.Count).Select(id => $"{id}"), finished.Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_failed_batch_leaves_the_earlier_batches_in_the_partial_file()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        string input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 9).Select(id => Sample.Line($"{id}"))]);
        var service = new FakeEmbeddingService
        {
            OnBatch = (number, _) =>
            {
                if (number == 3)
                    throw new EmbeddingException("NaN.", "5");
            },
        };

        var error = await Assert.ThrowsAsync<EmbeddingException>(() => RunFilesAsync(input, service));

        Assert.Equal((3, Target + ".partial"), (error.BatchNumber, error.PartialFile));
        Assert.Equal(["1", "2", "3", "4"], (await Reading.AllAsync(Target + ".partial")).Select(snippet => snippet.Id));
        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task A_missing_file_leaves_the_target_unchanged()
    {
        await File.WriteAllTextAsync(Target, Before, Token);

        string missing = _folder.File("missing.jsonl");
        await Assert.ThrowsAsync<FileNotFoundException>(() => RunFilesAsync(missing, new FakeEmbeddingService()));

        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task Cancelling_leaves_the_target_unchanged()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        string input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 9).Select(id => Sample.Line($"{id}"))]);
        using var stop = new CancellationTokenSource();
        var service = new FakeEmbeddingService
        {
            OnBatch = (number, token) =>
            {
                if (number == 3)
                    stop.Cancel();

                token.ThrowIfCancellationRequested();
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunFilesAsync(input, service, stop.Token));

        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
        Assert.Equal(3, service.Batches.Length);
    }

    [Fact]
    public async Task A_failing_writer_ends_the_run_with_its_error_and_is_not_completed()
    {
        var failure = new IOException("The disk is full.");
        var writer = new RecordingWriter { OnWrite = () => throw failure };

        var pipeline = new EmbeddingPipeline(new ListedSnippets(Sample.Snippets(50)), new FakeEmbeddingService(), writer, ByTwo);

        var error = await Assert.ThrowsAsync<IOException>(() => pipeline.RunAsync(Token));

        Assert.Same(failure, error);
        Assert.Equal(0, writer.Completions);
    }

    [Fact]
    public async Task A_failing_run_waits_for_the_running_batch()
    {
        using var begun = new ManualResetEventSlim();
        bool ended = false;
        var service = new FakeEmbeddingService
        {
            OnBatch = (_, token) =>
            {
                begun.Set();
                token.WaitHandle.WaitOne(HangLimit.Value);
                Thread.Sleep(50);
                ended = true;
            },
        };
        var pipeline = new EmbeddingPipeline(new ListedSnippets(FailAfter(begun)), service, new RecordingWriter(), ByTwo);

        await Assert.ThrowsAsync<IOException>(() => pipeline.RunAsync(Token));

        Assert.True(ended);
    }

    private static IEnumerable<CodeSnippet> FailAfter(ManualResetEventSlim begun)
    {
        yield return Sample.Snippet("1");
        yield return Sample.Snippet("2");
        begun.Wait(Token);
        throw new IOException("The disk is gone.");
    }

    private async Task<PipelineSummary> RunFilesAsync(string input, FakeEmbeddingService service, CancellationToken? token = null)
    {
        await using var writer = new JsonlEmbeddingWriter(Target);
        return await new EmbeddingPipeline(new JsonlSnippetReader(input), service, writer, ByTwo).RunAsync(token ?? Token);
    }
}
