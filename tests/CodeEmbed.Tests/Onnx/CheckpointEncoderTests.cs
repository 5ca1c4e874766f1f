using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Weights;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The encoder with its weights used in place, and with its weights in a file for another device.</summary>
public sealed class CheckpointEncoderTests
{
    private static readonly ExecutionProvider Spilling = new(
        EmbeddingDevice.Cpu, "CPUExecutionProvider", UsesProcessorMemory: false, _ => { });

    private static readonly long[] Ids = [.. ExpectedValues.Ids(FixtureModels.Tiny)[2].Select(id => (long)id)];

    [Theory]
    [InlineData(FixtureModels.Tiny)]
    [InlineData("tiny-roberta-masked-lm")]
    [InlineData("tiny-roberta-fp16")]
    public void Weights_in_a_file_give_the_same_hidden_state_as_shared_weights(string form)
    {
        using CheckpointSource source = CheckpointSource.Open(
            new ModelFolder(FixtureModels.Folder(form), form), length: null, TestContext.Current.CancellationToken);

        Assert.Equal(Run(source, ExecutionProvider.Cpu), Run(source, Spilling));
    }

    [Fact]
    public void The_hidden_state_has_a_row_for_each_token()
    {
        // The model is 64 wide.
        Assert.Equal(Ids.Length * 64, Run(FixtureModels.Tiny, ExecutionProvider.Cpu).Length);
    }

    [Fact]
    public void A_run_that_is_cancelled_before_it_starts_does_not_start()
    {
        Assert.Throws<OperationCanceledException>(
            () => Run(FixtureModels.Tiny, ExecutionProvider.Cpu, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Sequences_in_one_run_give_the_same_rows_as_each_alone() => AssertSameTogether(
        FixtureModels.Tiny, [.. ExpectedValues.Ids(FixtureModels.Tiny).Select(ids => ids.Select(id => (long)id).ToArray())]);

    [Theory]
    [MemberData(nameof(ArchitectureTests.Folders), MemberType = typeof(ArchitectureTests))]
    public void Sequences_in_one_run_give_the_same_rows_as_each_alone_in_every_architecture(string folder) =>
        AssertSameTogether(
            Path.Combine("architectures", folder), [.. ArchitectureTests.ReadIds(folder).Where(ids => ids.Length > 0)]);

    [Fact]
    public void Another_device_accepts_a_single_sequence()
    {
        Assert.Equal(Run(FixtureModels.Tiny, ExecutionProvider.Cpu), Run(FixtureModels.Tiny, Spilling, isLarge: true, Ids));
    }

    private static void AssertSameTogether(string form, long[][] sequences)
    {
        float[] together = Run(form, ExecutionProvider.Cpu, isLarge: true, sequences);

        Assert.Equal(sequences.SelectMany(sequence => Run(form, ExecutionProvider.Cpu, isLarge: false, sequence)), together);
    }

    private static float[] Run(CheckpointSource source, ExecutionProvider provider)
    {
        using IEncoder encoder = source.Create(provider, TestContext.Current.CancellationToken);
        using EncoderOutput state = encoder.Run([Ids], skipped: 0, TestContext.Current.CancellationToken);
        return state.Values.ToArray();
    }

    private static float[] Run(string form, ExecutionProvider provider, CancellationToken? stop = null) =>
        Run(form, provider, isLarge: false, stop ?? TestContext.Current.CancellationToken, Ids);

    private static float[] Run(string form, ExecutionProvider provider, bool isLarge, params long[][] sequences) =>
        Run(form, provider, isLarge, TestContext.Current.CancellationToken, sequences);

    private static float[] Run(
        string form, ExecutionProvider provider, bool isLarge, CancellationToken stop, params long[][] sequences)
    {
        CancellationToken testStopped = TestContext.Current.CancellationToken;
        var folder = new ModelFolder(FixtureModels.Folder(form), form);
        Encoder configured = FixtureModels.Configure(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using EncoderWeights weights = EncoderWeights.Load(checkpoint, configured, testStopped);
        using CheckpointEncoder encoder = CheckpointEncoder.Create(configured, weights.All, provider, isLarge, testStopped);
        Assert.Equal(isLarge && provider == ExecutionProvider.Cpu, encoder.TokensAtOnce > 0);
        using EncoderOutput state = encoder.Run(sequences, skipped: 0, stop);
        return state.Values.ToArray();
    }
}
