using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Runs that continue an interrupted run.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Count = 40, BatchSize = 4;

    private readonly TemporaryFolder _folder = new();
    private readonly string _input;

    public ResumeTests() =>
        _input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, Count).Select(id => Sample.Line($"{id}", $"x = {id}"))]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _folder.File("out.jsonl");

    private string Partial => Target + ".partial";

    private string Journal => Partial + ".json";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Finished_snippets_are_not_embedded_again_and_the_file_equals_an_uninterrupted_run()
    {
        byte[] undisturbed = await RunUndisturbedAsync();
        await InterruptAsync(batch: 5);
        int finished = File.ReadLines(Partial).Count();

        var service = new FakeService();
        PipelineSummary summary = await RunAsync(service);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
        Assert.Equal(4 * BatchSize, finished);
        Assert.Equal([.. Enumerable.Range(finished + 1, Count - finished).Select(id => $"{id}")], service.Embedded);
        Assert.Equal((Count, Count, 0), (summary.Read, summary.Written, summary.Rejected));
        Assert.Equal([_input, Target], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(1234)]
    public async Task A_partial_file_torn_at_any_position_leads_to_the_file_of_an_uninterrupted_run(int left)
    {
        byte[] undisturbed = await RunUndisturbedAsync();
        await InterruptAsync(batch: 5);
        using (FileStream file = File.OpenWrite(Partial))
            file.SetLength(left);

        await RunAsync(new FakeService());

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
    }

    [Theory]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("{\"id\":\"17\"}\n")]
    [InlineData("no JSON\n")]
    public async Task Garbage_after_the_last_line_from_a_power_loss_is_dropped(string garbage)
    {
        byte[] undisturbed = await RunUndisturbedAsync();
        await InterruptAsync(batch: 5);
        await File.AppendAllTextAsync(Partial, garbage, Token);

        var service = new FakeService();
        await RunAsync(service);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
        Assert.Equal(Count - (4 * BatchSize), service.Embedded.Count);
    }

    [Fact]
    public async Task A_run_that_is_interrupted_repeatedly_loses_nothing()
    {
        byte[] undisturbed = await RunUndisturbedAsync();
        int embedded = 0;
        while (!File.Exists(Target))
        {
            var service = new FakeService { OnBatch = number => FailAt(number, 3) };
            await Record.ExceptionAsync(() => RunAsync(service));
            embedded += service.Embedded.Count;
            Assert.True(embedded <= Count, "A snippet was embedded twice.");
        }

        Assert.Equal(Count, embedded);
        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task A_run_that_stops_earlier_than_the_previous_one_keeps_the_finished_snippets()
    {
        await InterruptAsync(batch: 5);
        string[] before = await File.ReadAllLinesAsync(Partial, Token);
        string journal = await File.ReadAllTextAsync(Journal, Token);
        using var stop = new CancellationTokenSource();
        await using (JsonlEmbeddingWriter writer = Resume())
        {
            var pipeline = new EmbeddingPipeline(new StoppingReader(_input, 3, stop), new FakeService(), writer, Options());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.RunAsync(stop.Token));
        }

        Assert.Equal(before, await File.ReadAllLinesAsync(Partial, Token));
        Assert.Equal(journal, await File.ReadAllTextAsync(Journal, Token));
    }

    [Fact]
    public async Task The_journal_records_the_settings_and_the_progress_of_the_run()
    {
        await InterruptAsync(batch: 5);

        using JsonDocument journal = JsonDocument.Parse(await File.ReadAllBytesAsync(Journal, Token));

        JsonElement root = journal.RootElement;
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["model_name"] = "fake",
                ["fingerprint"] = "00000000000000ff",
                ["weights"] = "abc",
                ["device"] = "Cpu",
                ["threads"] = "1",
                ["runtime"] = "fake runtime 1.0",
                ["batch_size"] = "4",
                ["exclude_content"] = "false",
            },
            root.GetProperty("made_with").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()));
        JsonElement input = Assert.Single(root.GetProperty("inputs").EnumerateArray());
        Assert.Equal(_input, input.GetProperty("path").GetString());
        Assert.Equal(new FileInfo(_input).Length, input.GetProperty("size").GetInt64());
        Assert.Equal(File.GetLastWriteTimeUtc(_input), input.GetProperty("last_write").GetDateTime());
        Assert.Equal(4 * BatchSize, root.GetProperty("written").GetInt64());
        Assert.Equal(0, root.GetProperty("rejected").GetInt64());
        Assert.InRange(root.GetProperty("read").GetInt64(), 4 * BatchSize, Count);
    }

    [Theory]
    [InlineData("batch_size was '4' and is '5'", 5, "1", "abc")]
    [InlineData("weights was 'abc' and is 'xyz'", 4, "1", "xyz")]
    [InlineData("threads was '1' and is '2'", 4, "2", "abc")]
    public async Task A_run_with_other_settings_is_refused_and_the_difference_is_named(
        string difference, int batchSize, string threads, string weights)
    {
        await InterruptAsync(batch: 5);
        string[] before = await File.ReadAllLinesAsync(Partial, Token);
        var service = new FakeService { Weights = weights, Threads = int.Parse(threads, CultureInfo.InvariantCulture) };

        OutputException error = await Assert.ThrowsAsync<OutputException>(() => RunAsync(service, batchSize: batchSize));

        Assert.Contains(difference, error.Message, StringComparison.Ordinal);
        Assert.Equal(OutputProblem.MadeOtherwise, error.Problem);
        Assert.Empty(service.Embedded);
        Assert.Equal(before, await File.ReadAllLinesAsync(Partial, Token));
    }

    [Fact]
    public async Task Another_input_is_refused()
    {
        await InterruptAsync(batch: 5);
        string other = _folder.WriteLines("other.jsonl", Sample.Line("1"));

        OutputException error = await Assert.ThrowsAsync<OutputException>(() => RunAsync(new FakeService(), other));

        Assert.Contains($"the input was '{_input}' and is '{other}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_has_grown_is_refused()
    {
        await InterruptAsync(batch: 5);
        long size = new FileInfo(_input).Length;
        await File.AppendAllTextAsync(_input, "\n", Token);

        OutputException error = await Assert.ThrowsAsync<OutputException>(() => RunAsync(new FakeService()));

        Assert.Contains($"'{_input}' had {size} bytes and has {size + 1}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_was_rewritten_is_refused()
    {
        await InterruptAsync(batch: 5);
        File.SetLastWriteTimeUtc(_input, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        OutputException error = await Assert.ThrowsAsync<OutputException>(() => RunAsync(new FakeService()));

        Assert.Contains("now at 2020-01-02T03:04:05", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "does not exist")]
    [InlineData("", "is damaged")]
    [InlineData("{}", "is damaged")]
    [InlineData("null", "is damaged")]
    [InlineData("{\"made_with\":{\"a\":1}}", "is damaged")]
    [InlineData("{\"made_with\":{},\"inputs\":[null],\"read\":0,\"written\":0,\"rejected\":0}", "is damaged")]
    public async Task Without_a_readable_journal_the_partial_file_is_not_continued(string? journal, string problem)
    {
        await InterruptAsync(batch: 5);
        File.Delete(Journal);
        if (journal is not null)
            await File.WriteAllTextAsync(Journal, journal, Token);

        OutputException error = Assert.Throws<OutputException>(Resume);

        Assert.Equal(OutputProblem.NotResumable, error.Problem);
        Assert.Contains($"'{Journal}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_partial_file_a_run_starts_normally()
    {
        byte[] undisturbed = await RunUndisturbedAsync();

        await RunAsync(new FakeService());

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task A_compressed_target_is_continued()
    {
        string compressed = _folder.File("out.jsonl.gz");
        await RunAsync(new FakeService(), target: compressed);
        byte[] undisturbed = await File.ReadAllBytesAsync(compressed, Token);
        await Record.ExceptionAsync(
            () => RunAsync(new FakeService { OnBatch = number => FailAt(number, 5) }, target: compressed));

        var service = new FakeService();
        await RunAsync(service, target: compressed);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(compressed, Token));
        Assert.Equal(Count - (4 * BatchSize), service.Embedded.Count);
    }

    [Fact]
    public async Task A_rejected_snippet_is_tried_again_and_later_ones_are_kept()
    {
        static void Refuse(string id)
        {
            if (id == "6")
                throw new EmbeddingException("it is bad.", id);
        }

        await RunAsync(new FakeService { OnSnippet = Refuse }, skipFailed: true);
        byte[] undisturbed = await File.ReadAllBytesAsync(Target, Token);
        File.Delete(Target);
        await Record.ExceptionAsync(
            () => RunAsync(new FakeService { OnSnippet = Refuse, OnBatch = number => StopAt(number, 8) }, skipFailed: true));
        int finished = File.ReadLines(Partial).Count();
        Assert.InRange(finished, BatchSize, Count - 2);

        var service = new FakeService { OnSnippet = Refuse };
        PipelineSummary summary = await RunAsync(service, skipFailed: true);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
        Assert.Equal(Count - 1 - finished, service.Embedded.Count);
        Assert.Equal((Count, Count - 1, 1), (summary.Read, summary.Written, summary.Rejected));
    }

    [Fact]
    public async Task A_rejected_snippet_that_now_succeeds_is_written_in_order()
    {
        byte[] undisturbed = await RunUndisturbedAsync();
        void Refuse(string id)
        {
            if (id == "6")
                throw new EmbeddingException("there is not enough memory.", id);
        }

        await Record.ExceptionAsync(
            () => RunAsync(new FakeService { OnSnippet = Refuse, OnBatch = number => StopAt(number, 8) }, skipFailed: true));

        await RunAsync(new FakeService(), skipFailed: true);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task Old_lines_are_never_mixed_with_the_new_lines_that_overwrite_them()
    {
        // One more line than before, so that every line after it moves, and vectors that make up most of a line.
        const int count = 200, refused = 50, dimensions = 768;
        File.WriteAllLines(_input, Enumerable.Range(1, count).Select(id => Sample.Line($"{id:0000}", "x")));
        await RunAsync(new FakeService { Dimensions = dimensions });
        byte[] undisturbed = await File.ReadAllBytesAsync(Target, Token);
        File.Delete(Target);
        void Refuse(string id)
        {
            if (id == $"{refused:0000}")
                throw new EmbeddingException("there is not enough memory.", id);
        }

        await Record.ExceptionAsync(
            () =>
                RunAsync(
                    new FakeService { Dimensions = dimensions, OnSnippet = Refuse, OnBatch = number => StopAt(number, 48) },
                    skipFailed: true));

        await RunAsync(new FakeService { Dimensions = dimensions }, skipFailed: true);

        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task A_run_without_input_does_not_discard_finished_snippets()
    {
        await InterruptAsync(batch: 5);
        string[] before = await File.ReadAllLinesAsync(Partial, Token);
        await using (JsonlEmbeddingWriter writer = Resume())
        {
            OutputException error = await Assert.ThrowsAsync<OutputException>(
                () => new EmbeddingPipeline(new ListedSnippets([]), new FakeService(), writer, Options()).RunAsync(Token));

            Assert.Contains("has not read", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllLinesAsync(Partial, Token));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_run_with_fewer_snippets_than_were_finished_is_refused()
    {
        CodeSnippet[] all = Sample.Snippets(Count);
        async Task RunListAsync(IEnumerable<CodeSnippet> snippets, FakeService service)
        {
            await using JsonlEmbeddingWriter writer = Resume();
            await new EmbeddingPipeline(new ListedSnippets(snippets), service, writer, Options()).RunAsync(Token);
        }

        await Assert.ThrowsAsync<EmbeddingException>(
            () => RunListAsync(all, new FakeService { OnBatch = number => FailAt(number, 5) }));

        OutputException error = await Assert.ThrowsAsync<OutputException>(() => RunListAsync(all.Take(3), new FakeService()));

        Assert.Contains("had finished more", error.Message, StringComparison.Ordinal);
        Assert.Equal(4 * BatchSize, File.ReadLines(Partial).Count());
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task An_output_that_cannot_replace_its_target_keeps_its_partial_file_and_its_error()
    {
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"), 1)], Token);
            Directory.CreateDirectory(Target);

            await Assert.ThrowsAnyAsync<IOException>(async () => await writer.CompleteAsync(Token));
        }

        Assert.Single(await File.ReadAllLinesAsync(Partial, Token));
        Assert.True(File.Exists(Journal));
    }

    [Fact]
    public void Resuming_and_appending_to_an_existing_file_exclude_each_other()
    {
        File.WriteAllText(Target, "{}\n");

        OutputException error = Assert.Throws<OutputException>(
            () => new JsonlEmbeddingWriter(Target, new JsonlWriterOptions { Resume = true, Append = true }));

        Assert.Equal(OutputProblem.ResumeAndAppend, error.Problem);
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task Appending_to_a_file_that_does_not_exist_yet_can_be_resumed()
    {
        var append = new JsonlWriterOptions { Append = true };
        await using (var interrupted = new JsonlEmbeddingWriter(Target, append))
            await interrupted.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);

        await using (new JsonlEmbeddingWriter(Target, append with { Resume = true }))
        {
        }

        Assert.Single(await File.ReadAllLinesAsync(Partial, Token));
    }

    [Fact]
    public async Task A_run_does_not_write_to_a_file_that_it_reads()
    {
        string before = await File.ReadAllTextAsync(_input, Token);

        IOException error = await Assert.ThrowsAsync<IOException>(() => RunAsync(new FakeService(), target: _input));

        Assert.Contains($"reads '{_input}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_input, Token));
    }

    private static void FailAt(int number, int batch)
    {
        if (number == batch)
            throw new EmbeddingException("the power went.", string.Empty);
    }

    private static void StopAt(int number, int batch)
    {
        if (number == batch)
            throw new OperationCanceledException();
    }

    private static BatchingOptions Options(int batchSize = BatchSize, bool skipFailed = false) =>
        new() { BatchSize = batchSize, LookAhead = 1, SkipFailed = skipFailed };

    private JsonlEmbeddingWriter Resume() => new(Target, new JsonlWriterOptions { Resume = true });

    private async Task<byte[]> RunUndisturbedAsync()
    {
        await RunAsync(new FakeService());
        byte[] bytes = await File.ReadAllBytesAsync(Target, Token);
        File.Delete(Target);
        return bytes;
    }

    /// <summary>Runs until a batch that fails.</summary>
    private async Task InterruptAsync(int batch) =>
        await Assert.ThrowsAsync<EmbeddingException>(
            () => RunAsync(new FakeService { OnBatch = number => FailAt(number, batch) }));

    private async Task<PipelineSummary> RunAsync(
        FakeService service, string? input = null, string? target = null, int batchSize = BatchSize, bool skipFailed = false)
    {
        await using var writer = new JsonlEmbeddingWriter(target ?? Target, new JsonlWriterOptions { Resume = true });
        return await new EmbeddingPipeline(
            new JsonlSnippetReader(input ?? _input), service, writer, Options(batchSize, skipFailed)).RunAsync(Token);
    }

    /// <summary>Reads a file, and stops the run at the given snippet.</summary>
    private sealed class StoppingReader(string path, int at, CancellationTokenSource stop) : ISnippetReader
    {
        public IReadOnlyList<string> InputFiles => [path];

        public async IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            int read = 0;
            await foreach (Outcome<CodeSnippet> snippet in new JsonlSnippetReader(path).ReadAsync(cancellationToken))
            {
                if (read++ == at)
                    await stop.CancelAsync();

                cancellationToken.ThrowIfCancellationRequested();
                yield return snippet;
            }
        }
    }

    /// <summary>Embeds without a model: a vector depends only on the snippet. Records the snippets that it embedded.</summary>
    private sealed class FakeService : IEmbeddingService
    {
        private int _calls;

        public List<string> Embedded { get; } = [];

        public Action<int>? OnBatch { get; init; }

        public Action<string>? OnSnippet { get; init; }

        public string Weights { get; init; } = "abc";

        public int Threads { get; init; } = 1;

        public int Dimensions { get; init; } = 5;

        public EmbeddingModel? Model { get; private set; }

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(Model = new FakeEmbeddingService().Description with
        {
            Dimensions = Dimensions,
            FingerprintParts = new Dictionary<string, string> { ["weights"] = Weights },
            Threads = Threads,
            Runtime = "fake runtime 1.0",
        });

        public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
        {
            OnBatch?.Invoke(++_calls);
            return Task.FromResult<IReadOnlyList<Outcome<CodeEmbedding>>>([.. snippets.Select(EmbedOrReject)]);
        }

        public void Dispose()
        {
        }

        private Outcome<CodeEmbedding> EmbedOrReject(CodeSnippet snippet)
        {
            try
            {
                OnSnippet?.Invoke(snippet.Id);
                Embedded.Add(snippet.Id);
                return new Outcome<CodeEmbedding>(Embed(snippet));
            }
            catch (EmbeddingException e)
            {
                return new Outcome<CodeEmbedding>(RejectedRecord.Of(snippet, e));
            }
        }

        private CodeEmbedding Embed(CodeSnippet snippet) => new()
        {
            Snippet = snippet,
            Vector =
            [
                -3.0e-12f,
                0f,
                -0f,
                float.MaxValue,
                .. Enumerable.Range(5, Dimensions - 4).Select(
                    number => 1f / (number * int.Parse(snippet.Id, CultureInfo.InvariantCulture))),
            ],
            ModelName = Model!.Name,
            Precision = Model.Precision,
            Normalized = false,
            TokenCount = 3,
            TruncatedTokens = 0,
            Fingerprint = Model.Fingerprint,
        };
    }
}
