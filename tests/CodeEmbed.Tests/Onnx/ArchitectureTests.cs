using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Architectures;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Small random models of every architecture, each a folder under Fixtures/architectures, compared with Hugging Face's ids and
///   the float64 vectors from its transformers. For models that transformers does not have, tests/make_reference_models.py
///   computes the vectors from the published code. To add an architecture, add a folder.
/// </summary>
public sealed class ArchitectureTests
{
    private const double LargestDifference = 1e-5, SmallestCosineOfInt8 = 0.98, SmallestMedianOfInt8 = 0.997;

    private static readonly string Root = Path.Combine(Repository.Fixtures, "architectures");

    /// <summary>The folders with weights of a known architecture; for the others, only the tokenizer is tested.</summary>
    public static TheoryData<string> Folders { get; } =
    [
        .. Directory.GetDirectories(Root)
            .Where(folder => File.Exists(Path.Combine(folder, "model.safetensors")) && IsKnown(folder))
            .Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_text_has_as_many_tokens_as_with_Hugging_Face(string folder) => Assert.Equal(
        Read<int[]>(folder, "expected-ids.jsonl").Select(ids => ids.Length),
        Embed(folder, EmbeddingPrecision.Float32).Select(embedding => embedding?.TokenCount ?? 0));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_number_matches_transformers(string folder) => Assert.All(
        Pairs(folder, EmbeddingPrecision.Float32),
        pair => Assert.InRange(LargestDistance(pair.Vector, pair.Expected), 0, LargestDifference));

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_text_has_no_vector_if_it_has_no_token(string folder) => Assert.Equal(
        Read<double[]?>(folder, "expected-vectors.jsonl").Select(expected => expected is null),
        Embed(folder, EmbeddingPrecision.Float32).Select(embedding => embedding is null));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Vectors_in_8_bit_integers_point_in_the_direction_of_transformers(string folder)
    {
        double[] cosines =
        [
            .. Pairs(folder, EmbeddingPrecision.Int8).Select(pair => Cosine(pair.Vector, pair.Expected)).Order(),
        ];

        Assert.InRange(cosines[0], SmallestCosineOfInt8, 1 + 1e-6);
        Assert.InRange(cosines[cosines.Length / 2], SmallestMedianOfInt8, 1 + 1e-6);
    }

    private static bool IsKnown(string folder)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        return Architecture.IsKnown(config.RootElement.GetProperty("model_type").GetString());
    }

    /// <summary>The ids from Hugging Face's tokenizer for the texts.</summary>
    internal static long[][] ReadIds(string folder) => Read<long[]>(folder, "expected-ids.jsonl");

    /// <summary>The vectors, scaled to length 1 like the vectors of the fixtures, and the expected ones.</summary>
    private static IEnumerable<(float[] Vector, double[] Expected)> Pairs(string folder, EmbeddingPrecision precision) =>
        Embed(folder, precision)
            .Zip(Read<double[]?>(folder, "expected-vectors.jsonl"))
            .Where(pair => pair.First is not null && pair.Second is not null)
            .Select(pair =>
            {
                float[] vector = pair.First!.Vector;
                float length = pair.First.Normalized ? 1 : TensorPrimitives.Norm<float>(vector);
                return (vector.Select(value => value / length).ToArray(), pair.Second!);
            });

    /// <summary>The embedding of each text, or <see langword="null"/> if it was rejected.</summary>
    private static CodeEmbedding?[] Embed(string folder, EmbeddingPrecision precision)
    {
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions
        {
            Model = Path.Combine(Root, folder),
            Precision = precision,
            Device = EmbeddingDevice.Cpu,
            Threads = 1,
        });
        return
        [
            .. service.EmbedAsync(Snippets.OfTexts(), TestContext.Current.CancellationToken).GetAwaiter().GetResult()
                .Select(outcome => outcome.Value),
        ];
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
