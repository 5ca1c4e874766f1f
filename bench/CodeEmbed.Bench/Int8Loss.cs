using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;

namespace CodeEmbed.Bench;

/// <summary>Measures how much Int8 loses on a model, over the snippets in a file.</summary>
internal static class Int8Loss
{
    private const int Neighbours = 10;

    /// <summary>Measures, and prints one JSON line.</summary>
    /// <param name="args">The model's folder, the input, and how many of its snippets.</param>
    public static async Task MeasureAsync(string[] args)
    {
        CodeSnippet[] snippets = await ReadAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
        float[][] float32 = await EmbedAsync(args[0], snippets, EmbeddingPrecision.Float32);
        float[][] int8 = await EmbedAsync(args[0], snippets, EmbeddingPrecision.Int8);
        float[] cosines =
            [.. float32.Zip(int8, (left, right) => TensorPrimitives.CosineSimilarity<float>(left, right)).Order()];
        double kept = ParallelEnumerable.Range(0, snippets.Length)
            .Average(query => FindNearest(float32, query).Intersect(FindNearest(int8, query)).Count());

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            snippets = snippets.Length,
            smallest_cosine = cosines[0],
            first_percentile = cosines[cosines.Length / 100],
            median = cosines[cosines.Length / 2],
            of_ten_nearest_kept = kept,
        }));
    }

    private static async Task<CodeSnippet[]> ReadAsync(string path, int count)
    {
        var snippets = new List<CodeSnippet>();
        await foreach (Outcome<CodeSnippet> outcome in new JsonlSnippetReader(path).ReadAsync())
        {
            if (!outcome.IsRejected)
                snippets.Add(outcome.Value);

            if (snippets.Count == count)
                break;
        }

        return [.. snippets];
    }

    private static async Task<float[][]> EmbedAsync(string model, CodeSnippet[] snippets, EmbeddingPrecision precision)
    {
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = model, Precision = precision });
        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync(snippets);
        return [.. outcomes.Select(outcome => outcome.Value!.Vector)];
    }

    /// <summary>The snippets whose vectors have the largest cosine with a given snippet's vector, without that snippet.</summary>
    private static IEnumerable<int> FindNearest(float[][] vectors, int query) => Enumerable.Range(0, vectors.Length)
        .Where(other => other != query)
        .Select(other => (Other: other, Cosine: TensorPrimitives.CosineSimilarity<float>(vectors[query], vectors[other])))
        .OrderByDescending(entry => entry.Cosine)
        .Take(Neighbours)
        .Select(entry => entry.Other);
}
