using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;
using CodeEmbed.Stores;
using CodeEmbed.Zstandard;

namespace CodeEmbed.KillTest;

/// <summary>A run of EmbeddingPipeline that reports what the model is doing.</summary>
internal static class LibraryRun
{
    /// <summary>The argument of the process: whether to reuse the vectors in the target.</summary>
    public const string Reuse = "reuse", Fresh = "fresh";

    /// <summary>The batch size, here and in the runs of the cmdlets.</summary>
    public const int BatchSize = BatchingOptions.DefaultBatchSize;

    /// <summary>The number of threads that embed, here and in the runs of the cmdlets: the same on any machine.</summary>
    public const int Threads = 2;

    /// <summary>The number of batches of this size that can be in progress at once with this number of threads.</summary>
    public const int BatchesUnderWay = 4;

    /// <summary>Runs until it finishes.</summary>
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
