using System.Text.Json;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Each pooling, compared with PyTorch's arithmetic in float64: see Fixtures/make_exports.py.</summary>
public sealed class PoolingTests
{
    private static readonly JsonElement[] Expected =
        [.. File.ReadLines(Repository.Fixture("expected-poolings.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    [Theory]
    [InlineData(EmbeddingPooling.Cls, "cls")]
    [InlineData(EmbeddingPooling.Max, "max")]
    [InlineData(EmbeddingPooling.Mean, "mean")]
    [InlineData(EmbeddingPooling.MeanSqrtLength, "mean_sqrt_len")]
    [InlineData(EmbeddingPooling.WeightedMean, "weightedmean")]
    [InlineData(EmbeddingPooling.LastToken, "lasttoken")]
    [InlineData(EmbeddingPooling.LastToken | EmbeddingPooling.Mean | EmbeddingPooling.Cls, "cls", "mean", "lasttoken")]
    [InlineData(EmbeddingPooling.Mean | EmbeddingPooling.Max, "max", "mean")]
    public void A_pooling_gives_the_same_as_PyTorch(EmbeddingPooling pooling, params string[] names)
    {
        EmbeddingServiceOptions options =
            FixtureModels.Options(FixtureModels.Tiny) with { Pooling = pooling, Normalize = false };
        using var processor = new OnnxEmbeddingService(options);
        using var device = new OnnxEmbeddingService(options, ExecutionProvider.ProcessorAsDevice);

        RequireExpected(processor, names);
        RequireExpected(device, names);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(64)]
    public void Vectors_are_truncated_and_then_have_length_1(int dimensions)
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny) with { Dimensions = dimensions });
        double[] mean = [.. Values(Expected[0], "mean").Take(dimensions)];
        double length = Math.Sqrt(mean.Sum(value => value * value));

        float[] vector = Embed(service, 0).Vector;

        Assert.Equal(dimensions, vector.Length);
        Assert.All(vector.Zip(mean), pair => Assert.Equal(pair.Second / length, pair.First, 1e-5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65)]
    public void More_dimensions_than_the_model_has_is_an_error_that_names_the_limits(int dimensions)
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny) with { Dimensions = dimensions });

        EmbeddingOptionException error = Assert.Throws<EmbeddingOptionException>(() => Embed(service, 0));

        Assert.Equal("Dimensions", error.Option);
        Assert.Contains("1 to 64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_setting_that_changes_the_numbers_changes_the_fingerprint()
    {
        EmbeddingServiceOptions plain = FixtureModels.Options(FixtureModels.Tiny);
        EmbeddingServiceOptions[] settings =
        [
            plain,
            plain with { Pooling = EmbeddingPooling.Cls },
            plain with { Dimensions = 16 },
            plain with { Prompt = "query: " },
            plain with { Prompt = "passage: " }, plain with { Normalize = false },
        ];

        string[] fingerprints = [.. settings.Select(options =>
        {
            using var service = new OnnxEmbeddingService(options);
            return Embed(service, 0).Fingerprint;
        })];

        Assert.Distinct(fingerprints);
    }

    [Fact]
    public void The_models_own_pooling_specified_explicitly_has_the_same_fingerprint()
    {
        using var plain = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny));
        using var named = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { Pooling = EmbeddingPooling.Mean, Prompt = string.Empty });

        Assert.Equal(Embed(plain, 0).Fingerprint, Embed(named, 0).Fingerprint);
    }

    private static void RequireExpected(OnnxEmbeddingService service, string[] names)
    {
        foreach (JsonElement row in Expected)
        {
            float[] vector = Embed(service, row.GetProperty("line").GetInt32()).Vector;
            double[] expected = [.. names.SelectMany(name => Values(row, name))];
            Assert.Equal(expected.Length, vector.Length);

            // The values are as large as 4 and, divided by the square root of 512, as large as 20: relative to that, the bound is
            // the same as for unit vectors.
            Assert.All(vector.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
        }

        Assert.Equal(64 * names.Length, service.Model!.Dimensions);
    }

    private static CodeEmbedding Embed(OnnxEmbeddingService service, int line) =>
        service.EmbedBatch([Snippets.Of(ExpectedValues.Texts[line])], TestContext.Current.CancellationToken).Single();

    private static IEnumerable<double> Values(JsonElement row, string name) =>
        row.GetProperty(name).EnumerateArray().Select(value => value.GetDouble());
}
