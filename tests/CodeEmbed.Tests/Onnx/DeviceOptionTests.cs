using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Options for devices are refused by name elsewhere, and never silently replaced.</summary>
public sealed class DeviceOptionTests
{
    private static readonly EmbeddingServiceOptions Tiny = FixtureModels.Options(FixtureModels.Tiny);

    [Fact]
    public void Float16_on_the_processor_is_refused_by_name()
    {
        EmbeddingOptionException error = Refuse(Tiny with { Precision = EmbeddingPrecision.Float16 });

        Assert.Equal("Precision", error.Option);
        Assert.Equal(
            "Precision 'Float16' does not run on the device Cpu. Use the device Cuda or Auto, or the precision Float32.",
            error.Message);
    }

    [Fact]
    public void Float16_under_Auto_is_refused_with_the_reason_where_no_device_can_be_used()
    {
        Assert.SkipWhen(NvidiaGpu.OfThisMachine.IsPresent(), "This machine has an NVIDIA GPU.");

        EmbeddingOptionException error = Refuse(
            Tiny with { Precision = EmbeddingPrecision.Float16, Device = EmbeddingDevice.Auto });

        Assert.StartsWith(
            "Precision 'Float16' needs a device that runs batches, but none can be used. Cuda: this machine has no NVIDIA GPU",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_budget_on_the_processor_is_refused_by_name()
    {
        EmbeddingOptionException error = Refuse(Tiny with { MaxBatchTokens = 4096 });

        Assert.Equal("MaxBatchTokens", error.Option);
        Assert.StartsWith(
            "MaxBatchTokens '4096' is for a device with its own memory that runs batches, and the device Cpu",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_budget_without_tokens_is_out_of_range(int tokens) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tiny with { MaxBatchTokens = tokens });

    [Fact]
    public void A_static_model_does_not_support_Float16()
    {
        string folder = Directory.GetDirectories(Path.Combine(Repository.Fixtures, "static")).Order().First();

        EmbeddingOptionException error = Refuse(new EmbeddingServiceOptions
        {
            Model = folder, Precision = EmbeddingPrecision.Float16, Device = EmbeddingDevice.Auto,
        });

        Assert.Contains("a static model is a table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Float16_has_a_fingerprint_of_its_own_and_the_budget_has_none()
    {
        string[] fingerprints =
        [
            .. new[]
            {
                Tiny, Tiny with { MaxBatchTokens = 64 }, Tiny with { Precision = EmbeddingPrecision.Float16 },
            }.Select(options =>
            {
                using var service = new OnnxEmbeddingService(options, ExecutionProvider.ProcessorAsDevice);
                service.Load(TestContext.Current.CancellationToken);
                return service.Model!.Fingerprint;
            }),
        ];

        Assert.Equal(fingerprints[0], fingerprints[1]);
        Assert.NotEqual(fingerprints[0], fingerprints[2]);
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(6 * 1024, 6144)]
    [InlineData(24_564, 24_564)]
    [InlineData(143_771, 65_536)]
    public void The_budget_is_1024_tokens_for_each_GiB_within_bounds(long memory, int expected) =>
        Assert.Equal(expected, TokenBudget.For(new NvidiaCard("card", "1", memory)));

    [Fact]
    public void Without_a_known_card_the_budget_is_8192() => Assert.Equal(8192, TokenBudget.For(null));

    [Fact]
    public void More_batches_are_accepted_at_once_if_runs_are_large()
    {
        using var service = new OnnxEmbeddingService(
            Tiny with { MaxBatchTokens = 65_536 }, ExecutionProvider.ProcessorAsDevice);
        int before = service.BatchesAtOnce;

        service.Load(TestContext.Current.CancellationToken);

        Assert.Equal((2, 341), (before, service.BatchesAtOnce));
    }

    private static EmbeddingOptionException Refuse(EmbeddingServiceOptions options)
    {
        using var service = new OnnxEmbeddingService(options);
        return Assert.Throws<EmbeddingOptionException>(() => service.Load(TestContext.Current.CancellationToken));
    }
}
