using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Quantization;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
using Xunit;
using Encoder = CodeEmbed.Onnx.Layers.Encoder;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Int8 gives nearly the same vectors as float32 from the same files, and is recorded in the embeddings.</summary>
public sealed class Int8Tests
{
    private const double SmallestCosine = 0.995;

    private static readonly long[] Ids = [0, 100, 200, 300, 50, 2];

    private readonly CodeSnippet[] _snippets = Snippets.OfTexts();

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Every_vector_points_nearly_in_the_direction_of_PyTorch(string form)
    {
        double[][] expected = ExpectedValues.Vectors(form);

        IEnumerable<double> cosines = Embed(Options(form)).Zip(
            expected,
            (embedding, reference) =>
                TensorPrimitives.CosineSimilarity<double>([.. embedding.Vector.Select(value => (double)value)], reference));

        Assert.All(cosines, cosine => Assert.InRange(cosine, SmallestCosine, 1 + 1e-9));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 64)]
    [InlineData(64, 7)]
    public void Any_number_of_threads_and_any_size_of_a_batch_give_the_same_bits(int threads, int batchSize)
    {
        string[] expected = Bits(Embed(Options(FixtureModels.Tiny), 16));

        Assert.Equal(expected, Bits(Embed(Options(FixtureModels.Tiny) with { Threads = threads }, batchSize)));
    }

    [Fact]
    public void Any_order_gives_the_same_bits()
    {
        CodeSnippet[] shuffled = [.. _snippets];
        new Random(1).Shuffle(shuffled);
        using var service = new OnnxEmbeddingService(Options(FixtureModels.Tiny));

        CodeEmbedding[] embeddings =
            [.. shuffled.Chunk(16).SelectMany(batch => service.EmbedBatch(batch, TestContext.Current.CancellationToken))];

        Assert.Equal(
            Bits(Embed(Options(FixtureModels.Tiny))),
            Bits(embeddings.OrderBy(embedding => Array.IndexOf(_snippets, embedding.Snippet))));
    }

    [Fact]
    public void An_embedding_states_its_precision()
    {
        Assert.All(Embed(Options(FixtureModels.Tiny)), embedding => Assert.Equal(EmbeddingPrecision.Int8, embedding.Precision));
    }

    [Fact]
    public void The_fingerprint_differs_from_float32()
    {
        using var int8 = new OnnxEmbeddingService(Options(FixtureModels.Tiny));
        using var float32 = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny));

        Assert.NotEqual(
            float32.Load(TestContext.Current.CancellationToken).Fingerprint,
            int8.Load(TestContext.Current.CancellationToken).Fingerprint);
    }

    // The first of the flags in /proc/cpuinfo that ONNX Runtime checks for.
    [Fact]
    public void The_instructions_match_the_processor()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Only Linux on x64 lists them like this.");
        HashSet<string> flags =
            [.. File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ')];
        bool hasAvx512 = flags.IsSupersetOf(["avx512f", "avx512bw", "avx512dq", "avx512vl"]);

        string expected = hasAvx512 && flags.IsSupersetOf(["amx_tile", "amx_int8"]) ? "AMX"
            : hasAvx512 && flags.Contains("avx512_vnni") ? "AVX-512 VNNI"
            : flags.Contains("avx_vnni") ? "AVX-VNNI"
            : flags.Contains("avx2") ? "AVX2, which has no instruction for them"
            : "plain integer instructions";

        Assert.Equal(expected, Int8Instructions.Current.Name);
        Assert.Equal(
            !expected.Contains(' ', StringComparison.Ordinal) || expected == "AVX-512 VNNI", Int8Instructions.Current.Signed);
    }

    [Fact]
    public void The_processors_instructions_are_reported()
    {
        using var service = new OnnxEmbeddingService(Options(FixtureModels.Tiny));

        Assert.Equal(Int8Instructions.Current.Name, service.Load(TestContext.Current.CancellationToken).Instructions);
    }

    [Theory]
    [InlineData(EmbeddingDevice.Cuda)]
    [InlineData(EmbeddingDevice.CoreML)]
    public void A_device_without_int8_support_is_refused_by_name(EmbeddingDevice device)
    {
        using var service = new OnnxEmbeddingService(Options(FixtureModels.Tiny) with { Device = device });

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(
            () => service.Load(TestContext.Current.CancellationToken));

        Assert.Equal("Precision", exception.Option);
        Assert.Contains(
            $"'Int8' runs on the processor only, not on the device {device}", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A processor without an instruction for the product of uint8 and int8 uses matrices of uint8.</summary>
    [Fact]
    public void Matrices_of_uint8_give_the_same_bits_as_int8()
    {
        Assert.SkipUnless(Int8Instructions.Current.Signed, "This processor's products of uint8 and int8 overflow.");
        Assert.Equal(Run(signed: true), Run(signed: false));
    }

    [Fact]
    public void A_model_that_loses_little_is_loaded_without_a_warning()
    {
        using var service = new OnnxEmbeddingService(Options(FixtureModels.Tiny));

        Assert.Null(service.Load(TestContext.Current.CancellationToken).Warning);
    }

    private static EmbeddingServiceOptions Options(string form) =>
        FixtureModels.Options(form) with { Precision = EmbeddingPrecision.Int8 };

    private static string[] Bits(IEnumerable<CodeEmbedding> embeddings) =>
        [.. embeddings.Select(embedding => Convert.ToHexString(MemoryMarshal.AsBytes<float>(embedding.Vector)))];

    private static float[] Run(bool signed)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        var folder = new ModelFolder(FixtureModels.Folder(FixtureModels.Tiny), FixtureModels.Tiny);
        Encoder configured = FixtureModels.Configure(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using EncoderWeights weights = EncoderWeights.Load(checkpoint, configured, stop);
        using Int8Weights quantized = Int8Weights.Create(configured, weights.All, Ids, signed, stop);
        using CheckpointEncoder encoder = CheckpointEncoder.Create(configured, quantized.All, ExecutionProvider.Cpu, stop);
        using EncoderOutput state = encoder.Run([Ids], skipped: 0, stop);
        return state.Values.ToArray();
    }

    private CodeEmbedding[] Embed(EmbeddingServiceOptions options, int batchSize = 16)
    {
        using var service = new OnnxEmbeddingService(options);
        return
            [.. _snippets.Chunk(batchSize).SelectMany(batch => service.EmbedBatch(batch, TestContext.Current.CancellationToken))];
    }
}
