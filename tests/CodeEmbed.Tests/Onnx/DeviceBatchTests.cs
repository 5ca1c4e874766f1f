using System.Numerics.Tensors;
using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The computation for a device, run on the CPU: snippets share a padded batch, and each has the same vector as alone.
/// </summary>
public sealed class DeviceBatchTests
{
    private const double LargestDifference = 1e-5, LargestDifferenceToAlone = 1e-6, LargestDifferenceToProcessor = 2e-6,
        SmallestCosine = 0.9999;

    private static readonly string Root = Path.Combine(Repository.Fixtures, "architectures");

    [Theory]
    [MemberData(nameof(ArchitectureTests.Folders), MemberType = typeof(ArchitectureTests))]
    public void Every_number_matches_transformers_whatever_shares_its_run(string folder)
    {
        float[]?[] vectors = Embed(Options(folder), ExecutionProvider.ProcessorAsDevice);

        Assert.All(
            Pairs(vectors, ReadVectors(folder)),
            pair => Assert.InRange(pair.Vector.Zip(pair.Expected, (a, b) => Math.Abs(a - b)).Max(), 0, LargestDifference));
    }

    [Theory]
    [MemberData(nameof(ArchitectureTests.Folders), MemberType = typeof(ArchitectureTests))]
    public void A_vector_is_within_a_millionth_of_the_vector_of_the_snippet_alone(string folder)
    {
        // A budget of one token gives each snippet a separate run.
        float[]?[] alone = EmbedWithin(folder, 1), processor = Embed(Options(folder), provider: null);
        foreach (int budget in (int[])[40, 300, 100_000])
        {
            float[]?[] together = EmbedWithin(folder, budget);

            AssertNear(alone, together, LargestDifferenceToAlone);
            AssertNear(processor, together, LargestDifferenceToProcessor);
        }
    }

    [Theory]
    [MemberData(nameof(ArchitectureTests.Folders), MemberType = typeof(ArchitectureTests))]
    public void In_float16_the_cosine_to_transformers_is_at_least_0_9999(string folder)
    {
        float[]?[] vectors = Embed(
            Options(folder) with { Precision = EmbeddingPrecision.Float16 }, ExecutionProvider.ProcessorAsDevice);

        Assert.All(
            Pairs(vectors, ReadVectors(folder)),
            pair => Assert.InRange(
                TensorPrimitives.CosineSimilarity<double>([.. pair.Vector.Select(value => (double)value)], pair.Expected),
                SmallestCosine,
                1 + 1e-6));
    }

    [Theory]
    [InlineData(EmbeddingPooling.Cls)]
    [InlineData(EmbeddingPooling.Max)]
    [InlineData(EmbeddingPooling.Mean)]
    [InlineData(EmbeddingPooling.MeanSqrtLength)]
    [InlineData(EmbeddingPooling.WeightedMean)]
    [InlineData(EmbeddingPooling.LastToken)]
    [InlineData(EmbeddingPooling.LastToken | EmbeddingPooling.Max | EmbeddingPooling.Cls | EmbeddingPooling.Mean)]
    public void Every_pooling_in_the_graph_gives_the_same_as_on_the_processor(EmbeddingPooling pooling)
    {
        long[][] sequences = [.. ExpectedValues.Ids(FixtureModels.Tiny).Select(ids => ids.Select(id => (long)id).ToArray())];
        var folder = new ModelFolder(FixtureModels.Folder(FixtureModels.Tiny), FixtureModels.Tiny);
        CancellationToken stop = TestContext.Current.CancellationToken;
        using CheckpointSource source = CheckpointSource.Open(folder, length: null, stop);
        using IEncoder alone = source.Create(ExecutionProvider.Cpu, stop);
        using IPaddedBatchEncoder together = source.CreateForPaddedBatches(
            ExecutionProvider.ProcessorAsDevice, pooling, EmbeddingPrecision.Float32, stop);

        // None of the prompt's seven tokens counts, unless the text is no longer than the prompt: then one counts.
        foreach (int prompt in (int[])[0, 7])
        {
            var head = new PoolingHead { Pooling = pooling, Normalize = true, IncludePrompt = false };
            float[][] expected = [.. sequences.Select(ids => head.Embed(alone, [ids], prompt, stop)[0])];

            float[][] vectors = head.Embed(together, sequences, prompt, stop);

            Assert.All(
                expected.Zip(vectors),
                pair => Assert.InRange(LargestDistance(pair.First, pair.Second), 0, LargestDifferenceToAlone));
        }
    }

    private static float[]?[] EmbedWithin(string folder, int budget) =>
        Embed(Options(folder) with { MaxBatchTokens = budget }, ExecutionProvider.ProcessorAsDevice);

    private static void AssertNear(float[]?[] expected, float[]?[] vectors, double largestDifference) => Assert.All(
        Both(expected, vectors),
        pair => Assert.InRange(LargestDistance(pair.First, pair.Second), 0, largestDifference));

    /// <summary>The pairs that have values. There must be some, and both must have them for the same snippets.</summary>
    private static (TFirst First, TSecond Second)[] Both<TFirst, TSecond>(TFirst?[] first, TSecond?[] second)
        where TFirst : class
        where TSecond : class
    {
        Assert.Equal(first.Select(value => value is null), second.Select(value => value is null));
        Assert.Contains(first, value => value is not null);
        return [.. first.Zip(second, (one, other) => (one!, other!)).Where(pair => pair.Item1 is not null)];
    }

    /// <summary>The largest difference of two numbers, of vectors that are scaled to length 1.</summary>
    private static float LargestDistance(float[] left, float[] right)
    {
        float ofLeft = TensorPrimitives.Norm<float>(left), ofRight = TensorPrimitives.Norm<float>(right);
        return left.Zip(right, (a, b) => Math.Abs((a / ofLeft) - (b / ofRight))).Max();
    }

    private static EmbeddingServiceOptions Options(string folder) =>
        new() { Model = Path.Combine(Root, folder), Device = EmbeddingDevice.Cpu, Threads = 1 };

    private static float[]?[] Embed(EmbeddingServiceOptions options, ExecutionProvider? provider)
    {
        using var service = new OnnxEmbeddingService(options, provider);
        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = service.EmbedAsync(
            Snippets.OfTexts(), TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        Assert.Equal(provider is not null, service.Model!.MaxBatchTokens is not null);
        return [.. outcomes.Select(outcome => outcome.Value?.Vector)];
    }

    /// <summary>The vectors, scaled to length 1 like the vectors of the fixtures, and the expected ones.</summary>
    private static IEnumerable<(float[] Vector, double[] Expected)> Pairs(float[]?[] vectors, double[]?[] expected) =>
        Both(vectors, expected).Select(pair =>
        {
            float length = TensorPrimitives.Norm<float>(pair.First);
            return (pair.First.Select(value => value / length).ToArray(), pair.Second);
        });

    private static double[]?[] ReadVectors(string folder) =>
    [
        .. File.ReadLines(Path.Combine(Root, folder, "expected-vectors.jsonl"))
            .Select(line => JsonSerializer.Deserialize<double[]?>(line)),
    ];
}
