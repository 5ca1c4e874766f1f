using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Bench;

/// <summary>
///   Measures how busy EmbeddingPipeline keeps many workers, file to file: with a fake model whose workers only wait.
/// </summary>
internal static class WorkerTimes
{
    private const int Dimensions = 768, SnippetsForEach = 100;

    /// <summary>Measures, and prints for each number of workers the fraction of the time that they were busy.</summary>
    /// <param name="args">The milliseconds that a snippet takes, and numbers of workers.</param>
    public static async Task MeasureAsync(string[] args)
    {
        var each = TimeSpan.FromMilliseconds(double.Parse(args[0], CultureInfo.InvariantCulture));
        string folder = Directory.CreateTempSubdirectory("codeembed-workers-").FullName;
        try
        {
            // The first run compiles the code.
            await RunAsync(folder, workers: 4, each);
            foreach (string workers in args[1..])
                Console.WriteLine(await RunAsync(folder, int.Parse(workers, CultureInfo.InvariantCulture), each));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder, int workers, TimeSpan each)
    {
        string input = Path.Combine(folder, "in.jsonl"), output = Path.Combine(folder, "out.jsonl");
        int count = workers * SnippetsForEach;
        string code = string.Concat(Enumerable.Repeat("return value + 1; ", 50));
        await File.WriteAllLinesAsync(
            input,
            Enumerable.Range(0, count).Select(
                i => $$"""{"id":"{{i}}","file_path":"a.py","language":"python","content":"{{code}}"}"""));
        using var service = new WaitingService(workers, each);
        await using var writer = new JsonlEmbeddingWriter(output, new JsonlWriterOptions { Force = true });
        TimeSpan computing = Process.GetCurrentProcess().TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        await new EmbeddingPipeline(new JsonlSnippetReader(input), service, writer).RunAsync();
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        computing = Process.GetCurrentProcess().TotalProcessorTime - computing;
        double busy = service.Busy / took / workers, own = computing.TotalSeconds * 1e6 / count;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{workers} workers, {each.TotalMilliseconds} ms per snippet: {count / took.TotalSeconds:0} snippets/s, busy ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{busy:0.00} of the time; the pipeline itself takes {own:0} microseconds of processor time per snippet");
    }

    /// <summary>Each worker takes the next snippet when it has finished one, and waits.</summary>
    private sealed class WaitingService : IEmbeddingService
    {
        private readonly Channel<TaskCompletionSource> _waiting = Channel.CreateUnbounded<TaskCompletionSource>();
        private readonly float[] _vector = new float[Dimensions];
        private long _busy;

        public WaitingService(int workers, TimeSpan each)
        {
            var random = new Random(1);
            for (int i = 0; i < Dimensions; i++)
                _vector[i] = random.NextSingle();

            BatchesAtOnce = 2 * workers;
            for (int i = 0; i < workers; i++)
                _ = WorkAsync(each);
        }

        public int BatchesAtOnce { get; }

        public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busy));

        public EmbeddingModel? Model { get; } = new()
        {
            Name = "waiting",
            Dimensions = Dimensions,
            MaxLength = 512,
            Device = EmbeddingDevice.Cpu,
            DeviceReason = "it is a stand-in",
            Precision = EmbeddingPrecision.Float32,
            Fingerprint = "00000000000000ff",
        };

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) => Task.FromResult(Model!);

        public async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
        {
            TaskCompletionSource[] done = [.. snippets.Select(
                _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
            foreach (TaskCompletionSource snippet in done)
                await _waiting.Writer.WriteAsync(snippet, cancellationToken);

            await Task.WhenAll(done.Select(snippet => snippet.Task));
            return [.. snippets.Select(snippet => new Outcome<CodeEmbedding>(new CodeEmbedding
            {
                Snippet = snippet,
                Vector = _vector,
                ModelName = Model!.Name,
                Precision = Model.Precision,
                Normalized = true,
                TokenCount = 3,
                TruncatedTokens = 0,
                Fingerprint = Model.Fingerprint,
            }))];
        }

        public void Dispose() => _waiting.Writer.Complete();

        private async Task WorkAsync(TimeSpan each)
        {
            await foreach (TaskCompletionSource snippet in _waiting.Reader.ReadAllAsync())
            {
                long started = Stopwatch.GetTimestamp();
                await Task.Delay(each);
                Interlocked.Add(ref _busy, Stopwatch.GetElapsedTime(started).Ticks);
                snippet.SetResult();
            }
        }
    }
}
