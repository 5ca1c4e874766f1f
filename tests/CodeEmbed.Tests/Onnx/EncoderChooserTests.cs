using System.Runtime.InteropServices;
using CodeEmbed.ModelFiles;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Loading;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The choice of a device and its messages, on a machine that shows the driver of an NVIDIA GPU and on one that does not. The
///   CUDA provider exists but does not load, because CUDA is missing. The provider is the real one.
/// </summary>
public sealed class EncoderChooserTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IEncoderSource _source;

    public EncoderChooserTests()
    {
        ModelFolder folder = ModelFolder.Find(FixtureModels.Options(FixtureModels.Tiny));
        _source = EncoderSources.Open(folder, length: null, TestContext.Current.CancellationToken);
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
            "This machine has an NVIDIA GPU, but it is not used: the library libcublasLt.so.13 is not found. "
            + "ONNX Runtime needs CUDA 13", choice.Warning, StringComparison.Ordinal);
        Assert.Contains("Cuda: the library libcublasLt.so.13 is not found.", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unused_GPU_is_a_warning_with_the_package_and_the_versions()
    {
        Assert.SkipUnless(RuntimeInformation.RuntimeIdentifier == "linux-x64", "CUDA does not support this platform.");
        Assert.SkipWhen(NativeLibrary.TryLoad("libcublasLt.so.13", out _), "This machine has CUDA.");

        DeviceChoice choice = Choose(EmbeddingDevice.Auto, withDriver: true);
        choice.Encoder.Dispose();

        Assert.StartsWith("This machine has an NVIDIA GPU, but it is not used: ", choice.Warning, StringComparison.Ordinal);
        Assert.Contains(
            "Microsoft.ML.OnnxRuntime.Gpu.Linux 1.31.0, which the module for CUDA has in it, with CUDA 13 and cuDNN 9.",
            choice.Warning,
            StringComparison.Ordinal);
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
    public void Requesting_Cuda_is_an_error_that_names_the_library(bool withDriver, string expected)
    {
        UseProvider();

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(
            () => Choose(EmbeddingDevice.Cuda, withDriver));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Use another device, or Auto, which takes the first that works.", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The float32 state is rotated further and further away from the encoder's state.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0.1, false)]
    [InlineData(0.2, true)]
    [InlineData(5, true)]
    public void Int8_that_is_far_from_float32_is_a_warning_with_the_cosine(double turn, bool warns)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var source = new TurnedSource(_source, (float)turn);

        DeviceChoice choice = Choose(source).CreateInt8(EmbeddingDevice.Cpu, [0, 5, 6, 2], stop);
        choice.Encoder.Dispose();

        // The added vector is orthogonal to the state, so the cosine follows from a right triangle with one leg of length 1.
        double cosine = 1 / Math.Sqrt(1 + (turn * turn));
        string warning = FormattableString.Invariant(
            $"This model loses much in Int8: the vector of a sample of code has a cosine of {cosine:F4} to that in Float32, ");
        Assert.Equal(warns ? warning : null, choice.Warning?[..warning.Length]);
    }

    [Fact]
    public void The_reason_includes_why_an_encoder_for_batches_failed()
    {
        using var source = new TurnedSource(_source, 0);
        CancellationToken stop = TestContext.Current.CancellationToken;

        DeviceChoice choice = Choose(source).CreateOn(ExecutionProvider.ProcessorAsDevice, stop);
        choice.Encoder.Dispose();

        Assert.Contains(
            "each snippet has its own run, because a run of several does not work: ", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("Protobuf parsing failed", choice.Reason, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The encoder for one snippet per run computes in float32, and a requested precision is never replaced.</summary>
    [Fact]
    public void Float16_of_a_graph_that_takes_one_snippet_is_refused()
    {
        using var source = new TurnedSource(_source, 0) { TakesOne = true };
        CancellationToken stop = TestContext.Current.CancellationToken;

        ModelFormatException exception = Assert.Throws<ModelFormatException>(
            () => Choose(source, EmbeddingPrecision.Float16).CreateOn(ExecutionProvider.ProcessorAsDevice, stop));

        Assert.Equal(
            "CPUExecutionProvider cannot run it: Float16 needs batches, and this model's graph does not accept batches.",
            exception.Message);
    }

    [Fact]
    public void Float32_of_a_graph_that_takes_one_snippet_says_so_in_the_reason()
    {
        using var source = new TurnedSource(_source, 0) { TakesOne = true };
        CancellationToken stop = TestContext.Current.CancellationToken;

        DeviceChoice choice = Choose(source).CreateOn(ExecutionProvider.ProcessorAsDevice, stop);
        choice.Encoder.Dispose();

        Assert.Equal(
            "it was requested; each snippet has its own run, because this model's graph does not accept batches", choice.Reason);
    }

    /// <summary>Adds the provider next to ONNX Runtime's own library, as a link.</summary>
    private static void UseProvider()
    {
        const string Library = "libonnxruntime_providers_cuda.so";
        string provider = Path.Combine(Repository.StagedCuda("Linux"), "native", Library);
        Assert.SkipUnless(
            RuntimeInformation.RuntimeIdentifier == "linux-x64" && File.Exists(provider),
            "This build has no CUDA provider for linux-x64.");
        Assert.SkipWhen(NativeLibrary.TryLoad("libcublasLt.so.13", out _), "This machine has CUDA.");
        var link = new FileInfo(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", Library));
        if (link.LinkTarget is null)
            link.CreateAsSymbolicLink(provider);
    }

    private DeviceChoice Choose(EmbeddingDevice device, bool withDriver)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows is queried for the driver's library.");
        if (withDriver)
        {
            Directory.CreateDirectory(_folder.File("dev"));
            _folder.WriteLines("dev/nvidiactl", string.Empty);
        }

        return Choose(_source).Create(device, TestContext.Current.CancellationToken);
    }

    private EncoderChooser Choose(IEncoderSource source, EmbeddingPrecision precision = EmbeddingPrecision.Float32)
    {
        var head = new PoolingHead
        {
            Pooling = EmbeddingPooling.Mean, Normalize = true, Dimensions = null, Prompt = string.Empty, IncludePrompt = true,
        };
        return new EncoderChooser(source, head, () => [0, 5, 6, 2], new NvidiaGpu(_folder.Path), precision);
    }

    /// <summary>
    ///   An encoder whose float32 state is one token at an angle to the vector of its int8 state, and that cannot be
    ///   created for batches.
    /// </summary>
    private sealed class TurnedSource(IEncoderSource source, float turn) : IEncoderSource
    {
        /// <summary>Whether a run takes one snippet; otherwise an encoder for batches fails.</summary>
        public bool TakesOne { get; init; }

        public int? MaxLength => source.MaxLength;

        public int? VocabularySize => source.VocabularySize;

        public string Describe() => source.Describe();

        public void VisitParameters(Action<string> takeName, BytesVisitor takeBytes, CancellationToken cancellationToken) =>
            source.VisitParameters(takeName, takeBytes, cancellationToken);

        public IEncoder Create(ExecutionProvider provider, CancellationToken cancellationToken) =>
            source.Create(provider, cancellationToken);

        public IPaddedBatchEncoder? CreateForPaddedBatches(
            ExecutionProvider provider, EmbeddingPooling pooling, EmbeddingPrecision precision, CancellationToken stop)
        {
            if (TakesOne)
                return null;

            // The native library refuses these bytes.
            using var session = new InferenceSession(new byte[] { 1 });
            return null;
        }

        public Int8Encoder CreateInt8(long[] calibration, CancellationToken cancellationToken)
        {
            IEncoder encoder = source.CreateInt8(calibration, cancellationToken).Encoder;
            using EncoderOutput output = encoder.Run([calibration], skipped: 0, cancellationToken);
            float[] vector = TokenPooling.Pool(output.Values, output.Width, EmbeddingPooling.Mean);

            // Each pair of numbers, rotated by 90 degrees, is orthogonal to the original pair.
            float[] state = [.. vector.Select((value, i) => value + (turn * (i % 2 == 0 ? -vector[i + 1] : vector[i - 1])))];
            return new Int8Encoder(encoder, [.. Enumerable.Repeat(state, calibration.Length).SelectMany(row => row)]);
        }

        public void Dispose()
        {
        }
    }
}
