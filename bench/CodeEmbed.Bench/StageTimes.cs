using System.Diagnostics;
using System.Globalization;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Bench;

/// <summary>
///   Measures how long each step of the pipeline takes alone on the machine, and how long all of them take together.
/// </summary>
internal static class StageTimes
{
    private static readonly int Threads = ThreadCount.For(requested: null);

    /// <summary>Measures, and prints a line with the name and the seconds of each step, and one for the pipeline.</summary>
    /// <remarks>
    ///   Tokenizing and inference have the same number of threads as in the pipeline, and all snippets at once, the longest
    ///   first: no thread ever waits for another. Everything runs three times, and only the last run counts: before that, code is
    ///   still being compiled.
    /// </remarks>
    /// <param name="model">The folder of the model.</param>
    /// <param name="input">The snippets.</param>
    /// <param name="output">The file to write.</param>
    public static async Task MeasureAsync(string model, string input, string output)
    {
        var options = new EmbeddingServiceOptions { Model = model };
        using LoadedModel loaded = ModelLoader.Load(options, CancellationToken.None);
        using var service = new OnnxEmbeddingService(options);
        await service.EmbedAsync([new CodeSnippet { Id = "warm-up", FilePath = "", Language = "", Content = "" }]);

        foreach (bool counts in new[] { false, false, true })
        {
            CodeSnippet[] snippets = [];
            Report("reading", await TimeAsync(async () => snippets = await ReadAsync(input)), counts);

            var tokens = new TokenizedSnippet[snippets.Length];
            int[] order = [.. Enumerable.Range(0, snippets.Length).OrderByDescending(i => snippets[i].Content.Length)];
            Report(
                "tokenising",
                Time(() => OnThreads(order, i => tokens[i] = loaded.Tokenize(snippets[i], CancellationToken.None))),
                counts);

            var embeddings = new CodeEmbedding[snippets.Length];
            int[][] runs = ShareRuns(order, i => tokens[i].Tokens.Ids.Length, loaded.TokensAtOnce);
            Report("inference", Time(() => OnThreads(runs, Embed)), counts);
            Report("writing", await TimeAsync(() => WriteAsync(embeddings, output)), counts);
            Report("pipeline", await TimeAsync(() => RunAsync(input, service, output)), counts);

            void Embed(int[] run)
            {
                foreach (
                    (int i, Outcome<CodeEmbedding> made) in run.Zip(
                        loaded.Embed([.. run.Select(i => tokens[i])], CancellationToken.None)))
                    embeddings[i] = made.Value ?? throw made.Rejected!.Reason;
            }
        }
    }

    /// <summary>Groups snippets until a run has as many tokens as it should.</summary>
    private static int[][] ShareRuns(int[] order, Func<int, int> countTokens, int tokensAtOnce)
    {
        var runs = new List<List<int>>();
        int tokens = int.MaxValue;
        foreach (int i in order)
        {
            if (tokens >= tokensAtOnce)
            {
                runs.Add([]);
                tokens = 0;
            }

            runs[^1].Add(i);
            tokens += countTokens(i);
        }

        return [.. runs.Select(run => run.ToArray())];
    }

    private static async Task<CodeSnippet[]> ReadAsync(string input)
    {
        var snippets = new List<CodeSnippet>();
        await foreach (Outcome<CodeSnippet> record in new JsonlSnippetReader(input).ReadAsync())
            snippets.Add(record.Value ?? throw record.Rejected!.Reason);

        return [.. snippets];
    }

    private static async Task WriteAsync(CodeEmbedding[] embeddings, string output)
    {
        await using var writer = new JsonlEmbeddingWriter(output);
        foreach (CodeEmbedding[] batch in embeddings.Chunk(BatchingOptions.DefaultBatchSize))
            await writer.WriteAsync(batch);

        await writer.CompleteAsync();
    }

    private static async Task RunAsync(string input, OnnxEmbeddingService service, string output)
    {
        await using var writer = new JsonlEmbeddingWriter(output);
        await new EmbeddingPipeline(new JsonlSnippetReader(input), service, writer).RunAsync();
    }

    private static void OnThreads<T>(T[] items, Action<T> work)
    {
        int taken = -1;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(Work))];
        foreach (Thread thread in threads)
            thread.Start();

        foreach (Thread thread in threads)
            thread.Join();

        void Work()
        {
            while (Interlocked.Increment(ref taken) is var next && next < items.Length)
                work(items[next]);
        }
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Report(string name, double seconds, bool counts)
    {
        if (counts)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {seconds:0.000}"));
    }
}
