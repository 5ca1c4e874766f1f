using System.Runtime.InteropServices;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Weights of 64 bits, which transformers converts to float32 when it loads a model.</summary>
public sealed class Float64Tests : IDisposable
{
    private readonly ModelCopy _model = new();
    private readonly SafetensorsBuilder _weights = SafetensorsBuilder.Read(Repository.Fixture("tiny-roberta/model.safetensors"));

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void They_give_the_same_vectors_and_fingerprint_as_float32(bool onlyOne)
    {
        foreach (string name in _weights.Names.Where(name => !onlyOne || name == "embeddings.word_embeddings.weight").ToArray())
            Widen(name);

        using var tiny = new ModelCopy();
        CodeEmbedding expected = tiny.Embed();
        _model.UseWeights("model.safetensors", _weights.Build());

        CodeEmbedding embedding = _model.Embed();

        Assert.Equal(expected.Vector, embedding.Vector);
        Assert.Equal(expected.Fingerprint, embedding.Fingerprint);
    }

    // numpy.float32 of each; the second is between two floats, nearer to the larger.
    [Fact]
    public void Each_becomes_the_nearest_float()
    {
        double[] values = [0.1, 1.00000009, -1e300, 1e-60];
        byte[] pickle = PickleBuilder.StateDict(new TorchView("w", 4, [2, 2], [1, 2]) { StorageClass = "DoubleStorage" });
        using var file = new CheckpointFile(
            "pytorch_model.bin", TorchArchive.Build(pickle, MemoryMarshal.AsBytes<double>(values).ToArray()));

        Assert.Equal([0.1f, float.NegativeInfinity, 1.00000012f, 0], file.Values("w"));
    }

    private void Widen(string name)
    {
        double[] values = [.. MemoryMarshal.Cast<byte, float>(_weights.Data(name)).ToArray().Select(value => (double)value)];
        long[] shape = _weights.Shape(name);
        _weights.Set(name, "F64", shape, MemoryMarshal.AsBytes<double>(values).ToArray());
    }
}
