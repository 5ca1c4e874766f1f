using System.Runtime.InteropServices;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   What is chosen and said on a machine that shows the driver of an NVIDIA GPU, and on one that does not, where the provider
///   for CUDA is there and does not load, for want of CUDA. The provider is the real one.
/// </summary>
public sealed class EncoderChooserTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IEncoderSource _source;

    public EncoderChooserTests()
    {
        ModelFolder folder = ModelFolder.Find(FixtureModels.Options(FixtureModels.Tiny));
        _source = EncoderSources.Open(folder, TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _source.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_GPU_whose_provider_does_not_load_is_one_warning_under_Auto()
    {
        UseProvider();

        DeviceChoice choice = Choose(EmbeddingDevice.Auto, withDriver: true);
        choice.Encoder.Dispose();

        Assert.Equal(EmbeddingDevice.Cpu, choice.Device);
        Assert.StartsWith(
            "This machine has an NVIDIA GPU, and it is not used: the library libcublasLt.so.13 is not found. "
            + "ONNX Runtime needs CUDA 13", choice.Warning, StringComparison.Ordinal);
        Assert.Contains("Cuda: the library libcublasLt.so.13 is not found.", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_a_GPU_gets_no_warning_and_the_reason()
    {
        UseProvider();

        DeviceChoice choice = Choose(EmbeddingDevice.Auto, withDriver: false);
        choice.Encoder.Dispose();

        Assert.Equal((EmbeddingDevice.Cpu, null), (choice.Device, choice.Warning));
        Assert.Contains(
            "Cuda: this machine has no NVIDIA GPU, or the driver of its GPU is not loaded",
            choice.Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Device 'Cuda' cannot be used: the library libcublasLt.so.13 is not found.")]
    [InlineData(
        false,
        "Device 'Cuda' cannot be used: this machine has no NVIDIA GPU, or the driver of its GPU is not loaded. Besides, the "
        + "library libcublasLt.so.13 is not found.")]
    public void Cuda_asked_for_by_its_name_is_an_error_that_names_the_library(bool withDriver, string expected)
    {
        UseProvider();

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(
            () => Choose(EmbeddingDevice.Cuda, withDriver));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Use another device, or Auto, which takes the first that works.", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Puts the provider beside ONNX Runtime's own library, as a link.</summary>
    private static void UseProvider()
    {
        const string Library = "libonnxruntime_providers_cuda.so";
        string provider = Path.Combine(Repository.StagedCuda("Linux"), "native", Library);
        Assert.SkipUnless(
            RuntimeInformation.RuntimeIdentifier == "linux-x64" && File.Exists(provider),
            "This build has no provider for CUDA on linux-x64.");
        Assert.SkipWhen(NativeLibrary.TryLoad("libcublasLt.so.13", out _), "This machine has CUDA.");
        var link = new FileInfo(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", Library));
        if (link.LinkTarget is null)
            link.CreateAsSymbolicLink(provider);
    }

    private DeviceChoice Choose(EmbeddingDevice device, bool withDriver)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows is asked for the driver's library.");
        if (withDriver)
        {
            Directory.CreateDirectory(_folder.File("dev"));
            _folder.WriteLines("dev/nvidiactl", string.Empty);
        }

        var head = new PoolingHead
        {
            Pooling = EmbeddingPooling.Mean, Normalize = true, Dimensions = null, Prompt = string.Empty, IncludePrompt = true,
        };
        return new EncoderChooser(_source, head, () => [0, 5, 6, 2], new NvidiaGpu(_folder.Path)).Create(
            device, TestContext.Current.CancellationToken);
    }
}
