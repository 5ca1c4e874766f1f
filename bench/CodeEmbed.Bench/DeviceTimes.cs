using System.Diagnostics;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Pipeline;

namespace CodeEmbed.Bench;

/// <summary>Measures how fast a card embeds, from texts in memory to vectors in memory.</summary>
internal static class DeviceTimes
{
    /// <summary>Measures, and prints one JSON line.</summary>
    /// <param name="args">
    ///   The model's folder, the input, the precision, and <c>Cuda</c>, or <c>Processor</c> to try this program on the
    ///   processor, which is used like a card.
    /// </param>
    public static async Task MeasureAsync(string[] args)
    {
        var options = new EmbeddingServiceOptions
        {
            Model = args[0],
            Precision = Enum.Parse<EmbeddingPrecision>(args[2], ignoreCase: true),
            Device = EmbeddingDevice.Cuda,
        };
        using var service = new OnnxEmbeddingService(
            options, args[3] == "Processor" ? ExecutionProvider.ProcessorAsDevice : null);
        CodeSnippet[] snippets = await ReadAsync(args[1]);
        EmbeddingModel model = await service.LoadAsync();

        // The card allocates memory and selects kernels.
        _ = await EmbedAsync(service, snippets[..Math.Min(snippets.Length, 2000)]);
        var watch = Stopwatch.StartNew();
        (int embedded, long tokens, double squares) = await EmbedAsync(service, snippets);
        double seconds = watch.Elapsed.TotalSeconds;
        double operations = CountOperations(args[0], tokens, squares);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            peer = "CodeEmbed",
            precision = $"{model.Precision}",
            card = model.Accelerator,
            runtime = model.Runtime,
            max_batch_tokens = model.MaxBatchTokens,
            notices = service.TakeNotices(),
            embedded,
            seconds,
            per_second = embedded / seconds,
            tokens_per_second = tokens / seconds,
            tflops = operations / seconds / 1e12,
        }));
    }

    private static async Task<CodeSnippet[]> ReadAsync(string path)
    {
        var snippets = new List<CodeSnippet>();
        await foreach (Outcome<CodeSnippet> record in new JsonlSnippetReader(path).ReadAsync())
            snippets.Add(record.Value!);

        return [.. snippets];
    }

    private static async Task<(int Embedded, long Tokens, double Squares)> EmbedAsync(
        IEmbeddingService service, CodeSnippet[] snippets)
    {
        int embedded = 0;
        long tokens = 0;
        double squares = 0;
        void Count(EmbeddedBatch batch)
        {
            foreach (CodeEmbedding embedding in batch.Embeddings)
            {
                embedded++;
                tokens += embedding.TokenCount;
                squares += (double)embedding.TokenCount * embedding.TokenCount;
            }
        }

        using var batcher = new EmbeddingBatcher(service);
        foreach (CodeSnippet snippet in snippets)
        {
            foreach (EmbeddedBatch batch in await batcher.AddAsync(snippet))
                Count(batch);
        }

        while (await batcher.CompleteAsync() is { } batch)
            Count(batch);

        return (embedded, tokens, squares);
    }

    /// <summary>
    ///   The operations of the matrix products, without padding: in a BERT layer, four matrices of the model's width, two to and
    ///   from the inner width, and the two products of attention.
    /// </summary>
    private static double CountOperations(string model, long tokens, double squares)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "config.json")));
        double Size(string name) => config.RootElement.GetProperty(name).GetDouble();

        double hidden = Size("hidden_size"), inner = Size("intermediate_size");
        return Size("num_hidden_layers")
            * ((2 * tokens * ((4 * hidden * hidden) + (2 * hidden * inner))) + (4 * squares * hidden));
    }
}
