using System.Diagnostics;
using System.Globalization;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Bench;

/// <summary>Compares the pipeline with a static model and with vectors that are already in memory.</summary>
internal static class StaticTimes
{
    /// <summary>Measures both alternately in rounds, and prints the seconds of each and the median of the ratios.</summary>
    /// <param name="args">The model's folder, the input, the output, and the number of rounds.</param>
    public static async Task MeasureAsync(string[] args)
    {
        (string input, string output, int rounds) = (args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
        var watch = Stopwatch.StartNew();
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = args[0] });
        EmbeddingModel model = await service.LoadAsync();
        Console.WriteLine($"loaded in {Seconds(watch)} s: {model.Dimensions} dimensions, {model.Threads} threads");

        using var atHand = new VectorsAtHand(service, await ReadAsync(input));
        await atHand.FillAsync();

        // The first round compiles the code.
        var ratios = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            (TimeSpan without, TimeSpan computingWithout) = await RunAsync(atHand, input, output);
            (TimeSpan with, TimeSpan computingWith) = await RunAsync(service, input, output);
            if (round == 0)
                continue;

            ratios.Add(with / without);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"in memory {without.TotalSeconds:0.000} s, static {with.TotalSeconds:0.000} s, ratio {ratios[^1]:0.000}; of the "
                + $"processors {computingWithout.TotalSeconds:0.000} s and {computingWith.TotalSeconds:0.000} s"));
        }

        double[] sorted = [.. ratios.Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median of the ratios {sorted[sorted.Length / 2]:0.000}, quartiles {sorted[sorted.Length / 4]:0.000} and "
            + $"{sorted[sorted.Length * 3 / 4]:0.000}; {PeakMemory.Read() / (1024 * 1024)} MiB at the peak"));
    }

    /// <summary>Runs the pipeline, and returns its elapsed time and the total time of all processors.</summary>
    private static async Task<(TimeSpan Took, TimeSpan Computing)> RunAsync(
        IEmbeddingService service, string input, string output)
    {
        File.Delete(output);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await using var writer = new JsonlEmbeddingWriter(output);
        await new EmbeddingPipeline(new JsonlSnippetReader(input), service, writer, new BatchingOptions()).RunAsync();
        return (watch.Elapsed, Environment.CpuUsage.TotalTime - before);
    }

    private static async Task<List<CodeSnippet>> ReadAsync(string input)
    {
        var snippets = new List<CodeSnippet>();
        await foreach (Outcome<CodeSnippet> outcome in new JsonlSnippetReader(input).ReadAsync())
            snippets.Add(outcome.Value ?? throw outcome.Rejected!.Reason);

        return snippets;
    }

    private static string Seconds(Stopwatch watch) =>
        watch.Elapsed.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Returns vectors that another service computed before.</summary>
    private sealed class VectorsAtHand(IEmbeddingService made, IReadOnlyList<CodeSnippet> snippets) : IEmbeddingService
    {
        private readonly Dictionary<string, CodeEmbedding> _embeddings = [];

        public EmbeddingModel? Model => made.Model;

        public int BatchesAtOnce => made.BatchesAtOnce;

        /// <summary>Computes the vectors.</summary>
        public async Task FillAsync()
        {
            foreach (Outcome<CodeEmbedding> outcome in await made.EmbedAsync(snippets))
            {
                CodeEmbedding embedding = outcome.Value ?? throw outcome.Rejected!.Reason;
                _embeddings[embedding.Snippet.Id] = embedding;
            }
        }

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) => made.LoadAsync(cancellationToken);

        public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<Outcome<CodeEmbedding>>>(
                [.. snippets.Select(snippet => new Outcome<CodeEmbedding>(Give(snippet, _embeddings[snippet.Id])))]);

        public void Dispose()
        {
        }

        private static CodeEmbedding Give(CodeSnippet snippet, CodeEmbedding made) => new()
        {
            Snippet = snippet,
            Vector = made.Vector,
            ModelName = made.ModelName,
            Precision = made.Precision,
            Normalized = made.Normalized,
            TokenCount = made.TokenCount,
            TruncatedTokens = made.TruncatedTokens,
            Fingerprint = made.Fingerprint,
        };
    }
}
