using System.Globalization;
using System.Runtime.InteropServices;
using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Which snippets share a run on a device, and what happens to the others if one fails. The device is the CPU.
/// </summary>
public sealed class DeviceQueueTests
{
    private static readonly EmbeddingServiceOptions Options = FixtureModels.Options(FixtureModels.Tiny);

    private const string LongerText = "def add(left, right): return left + right + 1";

    private readonly CodeSnippet[] _snippets = Snippets.OfTexts();

    [Fact]
    public async Task Batches_that_are_embedded_at_once_are_returned_in_order()
    {
        using var service = new OnnxEmbeddingService(
            Options with { MaxBatchTokens = 500 }, ExecutionProvider.ProcessorAsDevice);

        IReadOnlyList<Outcome<CodeEmbedding>>[] outcomes = await Task.WhenAll(
            _snippets.Chunk(5).Select(batch => service.EmbedAsync(batch, TestContext.Current.CancellationToken)));

        Assert.Equal(
            _snippets.Select(snippet => snippet.Id),
            outcomes.SelectMany(batch => batch).Select(outcome => outcome.Value!.Snippet.Id));
    }

    [Fact]
    public async Task A_run_has_no_more_tokens_than_its_budget_unless_it_has_one_snippet()
    {
        const int Budget = 200;
        using var device = new Device(Budget);

        await device.EmbedAsync(_snippets);

        Assert.True(device.Runs.Count > 1);
        Assert.All(
            device.Runs,
            run => Assert.True(run.Count == 1 || run.Count * ((run.Max(ids => ids.Length) + 7) / 8 * 8) <= Budget));
    }

    [Fact]
    public async Task No_snippet_of_a_run_is_more_than_twice_as_long_as_another_unless_all_are_short()
    {
        using var device = new Device(budget: 100_000);

        await device.EmbedAsync(_snippets);

        Assert.Contains(device.Runs, run => run.Count > 1);
        Assert.All(
            device.Runs,
            run => Assert.True(run.Max(ids => ids.Length) <= Math.Max(16, 2 * run.Min(ids => ids.Length))));
    }

    [Fact]
    public async Task Too_little_memory_halves_the_budget_and_every_snippet_has_its_vector()
    {
        using var device = new Device(
            budget: 40_000, sequences => sequences.Count > 300 ? new InsufficientMemoryException() : null);
        CodeSnippet[] snippets = [.. Enumerable.Range(0, 1024).Select(number => Snippets.Of(LongerText, $"{number}"))];
        int length = device.PaddedLength(device.Tokens(snippets[0]));

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(snippets);

        // All of them fail, then both halves, of which each has half of the budget, and no quarter does.
        Assert.All(outcomes, outcome => Assert.NotNull(outcome.Value));
        Assert.Equal([256, 256, 256, 256, 512, 512, 1024], device.Runs.Select(run => run.Count).Order());
        Assert.Equal([1024 * length / 2, 1024 * length / 4], device.Model.TakeNotices().Select(LeftBudget));
        Assert.Empty(device.Model.TakeNotices());

        device.Runs.Clear();
        await device.EmbedAsync(snippets);

        Assert.All(device.Runs, run => Assert.InRange(run.Count, 1, 256));
        Assert.Empty(device.Model.TakeNotices());
    }

    [Fact]
    public async Task A_failing_small_run_leaves_the_budget_of_a_small_card()
    {
        using var device = new Device(
            budget: 40_000, sequences => sequences.Count > 2 ? new InsufficientMemoryException() : null);

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(_snippets);

        Assert.All(outcomes, outcome => Assert.NotNull(outcome.Value));
        Assert.Equal(4096, LeftBudget(Assert.Single(device.Model.TakeNotices())));
    }

    [Fact]
    public async Task A_snippet_that_succeeds_when_it_is_alone_on_the_device_leaves_the_budget_unchanged()
    {
        int failures = 0;
        using var device = new Device(budget: 40_000, _ => failures++ == 0 ? new InsufficientMemoryException() : null);

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(_snippets[..1]);

        Assert.NotNull(Assert.Single(outcomes).Value);
        Assert.Equal(2, device.Runs.Count);
        Assert.Empty(device.Model.TakeNotices());
    }

    [Theory]
    [InlineData(40_000, 1024)]
    [InlineData(160, 10)]
    public async Task As_many_windows_share_a_run_as_the_budget_allows_with_their_padding(int budget, int expected)
    {
        using var device = new Device(budget, windowLength: 12);
        Assert.Equal(16, device.PaddedLength(12));

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync([TextOfWindows(budget > 1000 ? 4000 : 60)]);

        Assert.NotNull(Assert.Single(outcomes).Value);
        Assert.Equal(expected, device.Runs.Max(run => run.Count));
    }

    [Fact]
    public async Task Windows_that_need_too_much_memory_together_run_in_smaller_runs_and_the_notice_counts_them()
    {
        using var device = new Device(
            budget: 40_000,
            sequences => sequences.Count > 4 ? new InsufficientMemoryException() : null,
            windowLength: 16);

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync([TextOfWindows(60)]);

        CodeEmbedding made = Assert.Single(outcomes).Value!;
        Assert.True(made.Windows > 4);
        Assert.Equal(
            $"The device did not have enough memory for a run of {made.Windows} windows of up to 16 tokens. "
            + "From now on, a run has at most 4096 tokens.",
            Assert.Single(device.Model.TakeNotices()));
    }

    [Fact]
    public async Task The_memory_notice_states_the_new_token_limit_of_a_run()
    {
        int failures = 0;
        using var device = new Device(
            budget: 40_000, sequences => sequences.Count > 2 && failures++ == 0 ? new InsufficientMemoryException() : null);

        await device.EmbedAsync([.. Enumerable.Range(0, 40).Select(number => Snippets.Of("x = 1", $"{number}"))]);

        Assert.Matches(
            @"^The device did not have enough memory for a run of \d+ snippets of up to 8 tokens\. "
            + @"From now on, a run has at most 4096 tokens\.$",
            Assert.Single(device.Model.TakeNotices()));
    }

    [Fact]
    public async Task A_run_that_fails_because_of_another_runs_memory_is_run_again_alone()
    {
        Device? made = null;
        using var device = new Device(
            budget: 40,
            _ =>
            {
                Thread.Sleep(2);
                return made!.Active > 1 ? new InsufficientMemoryException() : null;
            });
        made = device;

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(_snippets);

        Assert.All(outcomes, outcome => Assert.NotNull(outcome.Value));
    }

    [Fact]
    public async Task A_snippet_that_is_too_large_by_itself_is_the_only_one_rejected()
    {
        int longest = 0;
        using var device = new Device(
            budget: 4000, sequences => sequences.Any(ids => ids.Length == longest) ? new InsufficientMemoryException() : null);
        longest = _snippets.Max(snippet => device.Tokens(snippet));

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(_snippets);

        Assert.Equal(_snippets.Select(snippet => device.Tokens(snippet) == longest), outcomes.Select(o => o.IsRejected));
        Assert.Contains(
            "there is not enough memory for", outcomes.First(o => o.IsRejected).Rejected!.Reason.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snippet_that_makes_a_run_fail_does_not_affect_the_others()
    {
        long[] bad = [];
        using var device = new Device(
            budget: 4000,
            sequences => sequences.Any(ids => ids.SequenceEqual(bad)) ? new ModelFormatException("It cannot be.") : null);
        bad = device.Ids(_snippets[3]);

        Outcome<CodeEmbedding>[] outcomes = await device.EmbedAsync(_snippets);

        Assert.Equal(_snippets.Select(snippet => device.Ids(snippet).SequenceEqual(bad)), outcomes.Select(o => o.IsRejected));
    }

    [Theory]
    [InlineData(EmbeddingPrecision.Float32, "The model's weights may be damaged.")]
    [InlineData(EmbeddingPrecision.Float16, "Use the precision Float32.")]
    public async Task A_vector_that_is_not_finite_is_an_error_of_only_its_snippet(
        EmbeddingPrecision precision, string advice)
    {
        using var damaged = new ManyWordsModel(notFinite: 1260);
        using var service = new OnnxEmbeddingService(
            damaged.Options with { Precision = precision }, ExecutionProvider.ProcessorAsDevice);

        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync(
            [Snippets.Of("a = 1", "1"), Snippets.Of("b = <mask>", "2"), Snippets.Of("c = 3", "3")],
            TestContext.Current.CancellationToken);

        Assert.Equal([false, true, false], outcomes.Select(outcome => outcome.IsRejected));
        string message = outcomes[1].Rejected!.Reason.Message;
        Assert.Contains("the vector of '2' holds a NaN or an infinity.", message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_in_this_program_is_not_attributed_to_a_snippet()
    {
        using var device = new Device(budget: 4000, _ => new InvalidTimeZoneException());

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => device.EmbedAsync(_snippets));
    }

    [Fact]
    public async Task A_cancelled_batch_ends_and_another_continues()
    {
        using var stop = new CancellationTokenSource();
        int runs = 0;
        using var device = new Device(
            budget: 100,
            _ =>
            {
                if (Interlocked.Increment(ref runs) == 3)
                    stop.Cancel();

                return null;
            });
        Task<Outcome<CodeEmbedding>[]> stopped = device.EmbedAsync(_snippets, stop.Token);
        Task<Outcome<CodeEmbedding>[]> other = device.EmbedAsync(_snippets);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.All(await other, outcome => Assert.NotNull(outcome.Value));
    }

    [Theory]
    [InlineData(EmbeddingOverflow.Window)]
    [InlineData(EmbeddingOverflow.Truncate)]
    public void A_long_text_has_the_same_vector_as_on_the_processor(EmbeddingOverflow overflow)
    {
        CodeSnippet[] snippets = [Snippets.Of(string.Concat(Enumerable.Repeat("value = value + 1\n", 80))), .. _snippets];
        EmbeddingServiceOptions options = Options with { Overflow = overflow, MaxLength = 16 };

        float[][] expected = Embed(options, provider: null), vectors = Embed(options, ExecutionProvider.ProcessorAsDevice);

        Assert.All(
            expected.Zip(vectors),
            pair => Assert.All(
                pair.First.Zip(pair.Second), numbers => Assert.InRange(Math.Abs(numbers.First - numbers.Second), 0, 1e-6)));

        float[][] Embed(EmbeddingServiceOptions options, ExecutionProvider? provider)
        {
            using var service = new OnnxEmbeddingService(options, provider);
            return [.. service.EmbedBatch(snippets, TestContext.Current.CancellationToken).Select(made => made.Vector)];
        }
    }

    [Fact]
    public async Task A_question_with_another_prompt_has_the_same_vector_as_on_the_processor()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var processor = new OnnxEmbeddingService(Options);
        using var device = new OnnxEmbeddingService(Options, ExecutionProvider.ProcessorAsDevice);

        Outcome<CodeEmbedding> expected = (await processor.EmbedAsync([_snippets[1]], "query: ", stop))[0];
        Outcome<CodeEmbedding> found = (await device.EmbedAsync([_snippets[1]], "query: ", stop))[0];

        Assert.All(
            expected.Value!.Vector.Zip(found.Value!.Vector),
            numbers => Assert.InRange(Math.Abs(numbers.First - numbers.Second), 0, 1e-6));
    }

    [Fact]
    public async Task Two_consecutive_runs_give_the_same_bits()
    {
        using var device = new Device(budget: 300);

        string[] first = await Bits(), second = await Bits();

        Assert.Equal(first, second);

        async Task<string[]> Bits() =>
            [.. (await device.EmbedAsync(_snippets[..1])).Select(
                outcome => Convert.ToHexString(MemoryMarshal.AsBytes<float>(outcome.Value!.Vector)))];
    }

    private static CodeSnippet TextOfWindows(int lines) =>
        Snippets.Of(string.Concat(Enumerable.Repeat("value = value + 1\n", lines)));

    /// <summary>The new token limit of a run that a notice states.</summary>
    private static int LeftBudget(string notice) => int.Parse(
        notice.Split(" at most ")[1].Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>A model on a device whose runs are recorded, and may fail.</summary>
    private sealed class Device : IPaddedBatchEncoder
    {
        private readonly IPaddedBatchEncoder _encoder;
        private readonly Func<IReadOnlyList<long[]>, Exception?> _fail;
        private bool _disposed;
        private int _active;

        /// <param name="budget">The token limit of a run.</param>
        /// <param name="fail">Returns the error of a run that fails.</param>
        /// <param name="windowLength">The token limit of a window, if a long text is split.</param>
        public Device(int budget, Func<IReadOnlyList<long[]>, Exception?>? fail = null, int? windowLength = null)
        {
            CancellationToken stop = TestContext.Current.CancellationToken;
            using LoadedModel loaded = ModelLoader.Load(Options, stop);
            var folder = new ModelFolder(FixtureModels.Folder(FixtureModels.Tiny), FixtureModels.Tiny);
            CheckpointSource source = CheckpointSource.Open(folder, length: null, stop);
            _encoder = source.CreateForPaddedBatches(
                ExecutionProvider.ProcessorAsDevice, EmbeddingPooling.Mean, EmbeddingPrecision.Float32, stop);
            _fail = fail ?? (_ => null);
            Model = new LoadedModel(
                loaded.Description with
                {
                    MaxBatchTokens = budget,
                    MaxLength = windowLength ?? loaded.Description.MaxLength,
                    Overflow = windowLength is null ? loaded.Description.Overflow : EmbeddingOverflow.Window,
                },
                ModelLoader.ReadTokenizer(SentenceTransformer.Read(folder)),
                source,
                this,
                new PoolingHead { Pooling = EmbeddingPooling.Mean, Normalize = true },
                promptTokens: 0);
        }

        public LoadedModel Model { get; }

        public List<IReadOnlyList<long[]>> Runs { get; } = [];

        /// <summary>The number of runs in progress.</summary>
        public int Active => Volatile.Read(ref _active);

        public bool IsPooled => _encoder.IsPooled;

        public int PaddedLength(int length) => _encoder.PaddedLength(length);

        public long[] Ids(CodeSnippet snippet) =>
            Model.Tokenize(snippet, TestContext.Current.CancellationToken).Tokens.Ids;

        public int Tokens(CodeSnippet snippet) => Ids(snippet).Length;

        public async Task<Outcome<CodeEmbedding>[]> EmbedAsync(CodeSnippet[] snippets, CancellationToken? stop = null)
        {
            var outcomes = new Outcome<CodeEmbedding>?[snippets.Length];
            await Model.EmbedAllAsync(snippets, outcomes, stop ?? TestContext.Current.CancellationToken);
            return [.. outcomes.Select(outcome => outcome!)];
        }

        public EncoderOutput Run(IReadOnlyList<long[]> sequences, int skipped, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _active);
            try
            {
                lock (Runs)
                {
                    Runs.Add(sequences);
                    if (_fail(sequences) is { } failure)
                        throw failure;
                }

                return _encoder.Run(sequences, skipped, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _active);
            }
        }

        // The model frees the encoder, which is this object.
        void IDisposable.Dispose()
        {
            if (_disposed)
                return;

            _disposed = true;
            Model.Dispose();
            _encoder.Dispose();
        }
    }
}
