using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;
using CodeEmbed.Stores;
using CodeEmbed.Zstandard;

namespace CodeEmbed.KillTest;

/// <summary>A run of EmbeddingPipeline that says what the model is doing.</summary>
internal static class LibraryRun
{
    /// <summary>What the process is told: to reuse what is in the target, or nothing.</summary>
    public const string Reuse = "reuse", Fresh = "fresh";

    /// <summary>How many snippets make a batch, here and in the runs of the cmdlets.</summary>
    public const int BatchSize = BatchingOptions.DefaultBatchSize;

    /// <summary>How many threads embed, here and in the runs of the cmdlets: the same whatever the machine.</summary>
    public const int Threads = 2;

    /// <summary>How many batches of this size can be under way at once with so many threads.</summary>
    public const int BatchesUnderWay = 4;

    /// <summary>Runs to the end.</summary>
    /// <param name="files">The files.</param>
    /// <param name="reuse">Whether the vectors in the target are reused.</param>
    public static async Task RunAsync(RunFiles files, bool reuse)
    {
        using JsonlReusableEmbeddings? reusable = reuse
            ? new JsonlReusableEmbeddings([files.Target]) { Zstandard = new ZstandardCodec(), Store = new EmbeddingStore() }
            : null;
        using var rejects = new JsonlRejectWriter(files.Rejects);
        using var service = new ReportingService(
            new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = files.Model, Threads = Threads }));
        await using var writer = new JsonlEmbeddingWriter(files.Target, new JsonlWriterOptions
        {
            Resume = true,
            Zstandard = new ZstandardCodec(),
            Store = new EmbeddingStore(),
        });
        var reader = new JsonlSnippetReader(files.Input);
        var options = new BatchingOptions { BatchSize = BatchSize, SkipFailed = true };
        await new EmbeddingPipeline(reader, service, writer, options, rejected: null, new OrderedRejects(rejects), reusable)
        {
            SkipInvalid = true
        }.RunAsync();
    }
}
