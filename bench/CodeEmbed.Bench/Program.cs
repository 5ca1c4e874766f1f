// Embeds a file of JSON Lines through EmbeddingPipeline, file to file, and prints one JSON line: seconds to load the model,
// seconds from the first record read to the output in its place, snippets a second, and the peak of the process's memory.
//
// usage: CodeEmbed.Bench MODEL_DIR IN.jsonl OUT.jsonl [--limit N] [--batch 16] [--threads N] [--precision Float32|Int8]
//        CodeEmbed.Bench stages MODEL_DIR IN.jsonl OUT.jsonl
//
// stages: does the steps of the pipeline one after the other, each alone, then the pipeline, and prints the seconds of each.
using System.Diagnostics;
using System.Text.Json;
using CodeEmbed;
using CodeEmbed.Bench;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;

if (args[0] == "stages")
{
    await StageTimes.MeasureAsync(args[1], args[2], args[3]);
    return;
}

int? Option(string name) => Array.IndexOf(args, name) is >= 0 and int i ? int.Parse(args[i + 1], null) : null;

int named = Array.IndexOf(args, "--precision");
EmbeddingPrecision precision = named < 0 ? EmbeddingPrecision.Float32 : Enum.Parse<EmbeddingPrecision>(args[named + 1], ignoreCase: true);

var watch = Stopwatch.StartNew();
using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = args[0], Threads = Option("--threads"), Precision = precision });
service.EmbedBatch([new CodeSnippet { Id = "warm-up", FilePath = "", Language = "", Content = "" }]);
double load = watch.Elapsed.TotalSeconds;

watch.Restart();
await using var writer = new JsonlEmbeddingWriter(args[2]);
var reader = new LimitedReader(new JsonlSnippetReader(args[1]), Option("--limit") ?? int.MaxValue);
var options = new BatchingOptions { BatchSize = Option("--batch") ?? BatchingOptions.DefaultBatchSize };
PipelineSummary summary = await new EmbeddingPipeline(reader, service, writer, options).RunAsync();
double run = watch.Elapsed.TotalSeconds;

Console.WriteLine(JsonSerializer.Serialize(new
{
    peer = "CodeEmbed",
    precision = $"{precision}",
    load,
    run,
    per_second = summary.Written / run,
    tokens = summary.Tokens,
    peak_mib = PeakMemory.Read() / (1024 * 1024),
}));
