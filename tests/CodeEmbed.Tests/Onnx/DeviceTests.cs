using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A device is the requested one, or an error; an automatic choice is reported with its reasons.</summary>
public sealed class DeviceTests
{
    [Fact]
    public void A_device_that_this_build_does_not_have_is_an_error_that_says_so()
    {
        Assert.SkipWhen(ExecutionProvider.CoreML.IsInThisBuild, "This build has CoreML.");
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { Device = EmbeddingDevice.CoreML });

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(() => Embed(service));

        Assert.Equal("Device", exception.Option);
        Assert.Contains(
            "'CoreML' cannot be used: this build of ONNX Runtime does not have it", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cuda_on_a_machine_without_a_GPU_is_an_error_that_says_so()
    {
        Assert.SkipWhen(NvidiaGpu.OfThisMachine.IsPresent(), "This machine has an NVIDIA GPU.");
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { Device = EmbeddingDevice.Cuda });

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(() => Embed(service));

        Assert.Equal("Device", exception.Option);
        Assert.Contains(
            "'Cuda' cannot be used: this machine has no NVIDIA GPU, or the driver of its GPU is not loaded. Besides, ",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_uses_the_processor_if_there_is_nothing_else_and_says_why()
    {
        Assert.SkipWhen(
            NvidiaGpu.OfThisMachine.IsPresent() || ExecutionProvider.CoreML.IsInThisBuild,
            "This machine may have another device.");
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { Device = EmbeddingDevice.Auto });

        Embed(service);

        Assert.Equal(EmbeddingDevice.Cpu, service.Model!.Device);
        Assert.Contains(
            "Cuda: this machine has no NVIDIA GPU, or the driver of its GPU is not loaded",
            service.Model.DeviceReason,
            StringComparison.Ordinal);
        Assert.Contains(
            "CoreML: this build of ONNX Runtime does not have it", service.Model.DeviceReason, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_GPU_warning_on_a_machine_without_a_GPU()
    {
        Assert.SkipWhen(NvidiaGpu.OfThisMachine.IsPresent(), "This machine has an NVIDIA GPU.");
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { Device = EmbeddingDevice.Auto });

        Embed(service);

        Assert.Null(service.Model!.Warning);
    }

    [Fact]
    public void Cuda_is_tried_before_CoreML_and_CoreML_before_the_processor()
    {
        Assert.Equal(
            [EmbeddingDevice.Cuda, EmbeddingDevice.CoreML, EmbeddingDevice.Cpu],
            ExecutionProvider.InOrder.Select(provider => provider.Device));
    }

    [Fact]
    public void A_run_uses_the_requested_number_of_threads() => Assert.Equal(1, ThreadCount.For(1));

    [Fact]
    public void A_run_uses_no_more_threads_than_there_are_processors() =>
        Assert.Equal(Environment.ProcessorCount, ThreadCount.For(int.MaxValue));

    private static void Embed(OnnxEmbeddingService service) =>
        service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken);
}
