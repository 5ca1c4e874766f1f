using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Architectures;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Small random models of every architecture, each a folder under Fixtures/architectures, against Hugging Face's ids and the
///   vectors that its transformers gives in float64. A further architecture is a further folder.
/// </summary>
public sealed class ArchitectureTests
{
    private const double LargestDifference = 1e-5, SmallestCosineOfInt8 = 0.99, SmallestMedianOfInt8 = 0.997;

    private static readonly string Root = Path.Combine(Repository.Fixtures, "architectures");

    /// <summary>The folders that have weights of an architecture that is known; of others only the tokenizer is tested.</summary>
    public static TheoryData<string> Folders { get; } =
    [
        .. Directory.GetDirectories(Root)
            .Where(folder => File.Exists(Path.Combine(folder, "model.safetensors")) && IsKnown(folder))
            .Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_text_has_as_many_tokens_as_Hugging_Face_gives_it(string folder) => Assert.Equal(
        Read<int[]>(folder, "expected-ids.jsonl").Select(ids => ids.Length),
        Embed(folder, EmbeddingPrecision.Float32).Select(embedding => embedding.TokenCount));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_number_is_that_of_transformers(string folder) => Assert.All(
        Embed(folder, EmbeddingPrecision.Float32).Zip(Read<double[]>(folder, "expected-vectors.jsonl")),
        pair => Assert.InRange(LargestDistance(pair.First.Vector, pair.Second), 0, LargestDifference));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Vectors_in_8_bit_integers_point_where_those_of_transformers_do(string folder)
    {
        double[] cosines =
        [
            .. Embed(folder, EmbeddingPrecision.Int8)
                .Zip(Read<double[]>(folder, "expected-vectors.jsonl"), (embedding, expected) => Cosine(embedding.Vector, expected))
                .Order(),
        ];

        Assert.InRange(cosines[0], SmallestCosineOfInt8, 1 + 1e-6);
        Assert.InRange(cosines[cosines.Length / 2], SmallestMedianOfInt8, 1 + 1e-6);
    }

    private static bool IsKnown(string folder)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        return Architecture.Find(config.RootElement.GetProperty("model_type").GetString()) is not null;
    }

    /// <summary>The ids that Hugging Face's tokenizer gives the texts.</summary>
    internal static long[][] ReadIds(string folder) => Read<long[]>(folder, "expected-ids.jsonl");

    private static CodeEmbedding[] Embed(string folder, EmbeddingPrecision precision)
    {
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions
        {
            Model = Path.Combine(Root, folder),
            Precision = precision,
            Device = EmbeddingDevice.Cpu,
            Threads = 1,
        });
        return [.. service.EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken)];
    }

    private static T[] Read<T>(string folder, string file) =>
        [.. File.ReadLines(Path.Combine(Root, folder, file)).Select(line => JsonSerializer.Deserialize<T>(line)!)];

    private static double LargestDistance(float[] vector, double[] expected)
    {
        Assert.Equal(expected.Length, vector.Length);
        return vector.Zip(expected, (value, reference) => Math.Abs(value - reference)).Max();
    }

    private static double Cosine(float[] vector, double[] expected) =>
        TensorPrimitives.CosineSimilarity<double>([.. vector.Select(value => (double)value)], expected);
}
