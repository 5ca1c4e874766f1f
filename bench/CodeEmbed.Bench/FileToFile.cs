using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Bench;

/// <summary>Measures the time and memory of the pipeline from file to file.</summary>
internal static class FileToFile
{
    /// <summary>Measures, and prints one JSON line.</summary>
    /// <param name="args">The model's folder, the input, the output, and options.</param>
    public static async Task MeasureAsync(string[] args)
    {
        EmbeddingPrecision precision = Option(args, "--precision") is { } name
            ? Enum.Parse<EmbeddingPrecision>(name, ignoreCase: true)
            : EmbeddingPrecision.Float32;

        var watch = Stopwatch.StartNew();
        using var service = new OnnxEmbeddingService(
            new EmbeddingServiceOptions { Model = args[0], Threads = Number(args, "--threads"), Precision = precision });
        await service.EmbedAsync([new CodeSnippet { Id = "warm-up", FilePath = "", Language = "", Content = "" }]);
        double load = watch.Elapsed.TotalSeconds;

        watch.Restart();
        await using var writer = new JsonlEmbeddingWriter(args[2]);
        var reader = new LimitedReader(new JsonlSnippetReader(args[1]), Number(args, "--limit") ?? int.MaxValue);
        var options = new BatchingOptions { BatchSize = Number(args, "--batch") ?? BatchingOptions.DefaultBatchSize };
        PipelineSummary summary = await new EmbeddingPipeline(reader, service, writer, options).RunAsync();
        double run = watch.Elapsed.TotalSeconds;

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            peer = "CodeEmbed",
            precision = $"{precision}",
            load,
            run,
            written = summary.Written,
            per_second = summary.Written / run,
            tokens = summary.Tokens,
            peak_mib = PeakMemory.Read() / (1024 * 1024),
        }));
    }

    private static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and int i ? args[i + 1] : null;

    private static int? Number(string[] args, string name) =>
        Option(args, name) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : null;
}
