using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The required and the optional content of a checkpoint.</summary>
public sealed class WeightTests : IDisposable
{
    private const string FileName = "model.safetensors";

    private readonly ModelCopy _model = new();
    private readonly SafetensorsBuilder _weights = SafetensorsBuilder.Read(Repository.Fixture("tiny-roberta/model.safetensors"));

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("embeddings.word_embeddings.weight")]
    [InlineData("embeddings.token_type_embeddings.weight")]
    [InlineData("embeddings.LayerNorm.bias")]
    [InlineData("encoder.layer.0.attention.self.query.bias")]
    [InlineData("encoder.layer.1.attention.output.LayerNorm.weight")]
    [InlineData("encoder.layer.1.intermediate.dense.weight")]
    [InlineData("encoder.layer.1.output.LayerNorm.bias")]
    public void A_missing_weight_is_named(string name)
    {
        _model.UseWeights(FileName, _weights.Remove(name).Build());

        Assert.Contains($"'{name}'", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_weight_of_a_model_with_a_head_is_named_with_the_prefix_of_the_file()
    {
        // Every weight but one has its name from a model with a head.
        var weights = new SafetensorsBuilder();
        foreach (string name in _weights.Names.Where(name => name != "encoder.layer.0.output.dense.bias"))
            _weights.CopyTo(weights, name, "roberta." + name);

        _model.UseWeights(FileName, weights.Build());

        Assert.Contains("'roberta.encoder.layer.0.output.dense.bias'", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // Shapes with the same number of elements, and with fewer.
    [Theory]
    [InlineData("embeddings.LayerNorm.weight", new long[] { 8, 8 }, "[8, 8]", "[64]")]
    [InlineData("embeddings.LayerNorm.weight", new long[] { 63 }, "[63]", "[64]")]
    [InlineData("encoder.layer.0.intermediate.dense.weight", new long[] { 64, 256 }, "[64, 256]", "[256, 64]")]
    [InlineData("embeddings.token_type_embeddings.weight", new long[] { 2, 64 }, "[2, 64]", "[1, 64]")]
    [InlineData("embeddings.LayerNorm.bias", new long[] { }, "[]", "[64]")]
    public void A_weight_with_another_shape_is_named_with_both_shapes(string name, long[] shape, string found, string expected)
    {
        byte[] data = new byte[sizeof(float) * shape.Aggregate(1L, (product, size) => product * size)];
        _model.UseWeights(FileName, _weights.Set(name, "F32", shape, data).Build());

        string problem = _model.FailToLoad().Problem;

        Assert.Contains($"'{name}'", problem, StringComparison.Ordinal);
        Assert.Contains($"{found}, and by config.json it must be {expected}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("I64", 8)]
    [InlineData("I8", 1)]
    [InlineData("F8_E4M3", 1)]
    public void A_weight_with_an_unknown_type_is_named_with_the_type(string type, int size)
    {
        _model.UseWeights(FileName, _weights.Set("embeddings.LayerNorm.weight", type, [64], new byte[64 * size]).Build());

        string problem = _model.FailToLoad().Problem;

        Assert.Contains("'embeddings.LayerNorm.weight'", problem, StringComparison.Ordinal);
        Assert.Contains(type, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Unused_weights_may_have_any_type()
    {
        _weights.Set("embeddings.position_ids", "I64", [1, 514], new byte[514 * 8]).Set(
            "classifier.weight", "F8_E5M2", [3], [1, 2, 3]);
        _model.UseWeights(FileName, _weights.Build());

        AssertIsTiny(_model.Embed());
    }

    [Fact]
    public void The_pooler_is_optional()
    {
        _model.UseWeights(FileName, _weights.Remove("pooler.dense.weight").Remove("pooler.dense.bias").Build());

        AssertIsTiny(_model.Embed());
    }

    [Fact]
    public void Weights_at_odd_positions_in_the_file_are_aligned()
    {
        // One byte before all others shifts them.
        SafetensorsBuilder shifted = new SafetensorsBuilder().Set("one.byte", "U8", [1], [0]);
        foreach (string name in _weights.Names)
            _weights.CopyTo(shifted, name, name);

        _model.UseWeights(FileName, shifted.Build());
        var folder = new ModelFolder(_model.Path, ModelCopy.Name);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using EncoderWeights weights = EncoderWeights.Load(
            checkpoint, FixtureModels.Configure(folder), TestContext.Current.CancellationToken);

        Assert.All(weights.All, weight => Assert.Equal(0, weight.Address % sizeof(float)));
        AssertIsTiny(_model.Embed());
    }

    [Fact]
    public void Safetensors_takes_precedence_over_torch()
    {
        File.WriteAllText(_model.File("pytorch_model.bin"), "not read");

        AssertIsTiny(_model.Embed());
    }

    [Fact]
    public void An_extra_layer_in_the_configuration_is_named()
    {
        _model.Configure("num_hidden_layers", "3");

        Assert.Contains("'encoder.layer.2.attention.self.query.weight'", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // Otherwise, a file of a few bytes could claim any amount of memory.
    [Theory]
    [InlineData("vocab_size")]
    [InlineData("max_position_embeddings")]
    [InlineData("num_hidden_layers")]
    [InlineData("intermediate_size")]
    public void Sizes_beyond_the_file_cost_no_memory(string key)
    {
        _model.Configure(key, $"{int.MaxValue}");
        long before = GC.GetAllocatedBytesForCurrentThread();

        _model.FailToLoad();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * 1024 * 1024);
    }

    // Here, all weights of the model share the bytes of the largest one.
    [Theory]
    [InlineData("HalfStorage", 2)]
    [InlineData("FloatStorage", 4)]
    public void Weights_that_share_their_bytes_need_no_more_memory_than_the_file(string storageClass, int size)
    {
        var folder = new ModelFolder(_model.Path, ModelCopy.Name);
        WeightDeclaration[] shapes =
            [.. DeclaringNet.DeclareAll(FixtureModels.Configure(folder)).SelectMany(part => part.Weights)];
        long count = shapes.Max(weight => weight.Shape.Aggregate(1L, (product, length) => product * length));
        byte[] pickle = PickleBuilder.StateDict([.. shapes.Select(weight => new TorchView(
            weight.Name, count, weight.Shape, weight.Shape.Length == 1 ? [1] : [weight.Shape[1], 1])
        {
            StorageClass = storageClass,
        })]);
        _model.UseWeights("pytorch_model.bin", TorchArchive.Build(pickle, new byte[size * count]));

        Assert.Contains("the same bytes", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // The scale of a normalization as torch.ones(1).expand(64), and written out.
    [Fact]
    public void A_weight_that_torch_expanded_gives_the_same_as_when_written_out()
    {
        const string expanded = "embeddings.LayerNorm.weight";
        byte[] one = BitConverter.GetBytes(1f);
        _weights.Set(expanded, "F32", [64], [.. Enumerable.Repeat(one, 64).SelectMany(bytes => bytes)]);
        _model.UseWeights(FileName, _weights.Build());
        float[] writtenOut = _model.Embed().Vector;

        string[] names = [.. _weights.Names];
        TorchView[] views = [.. names.Select((name, key) => name == expanded
            ? new TorchView(name, 1, [64], [0]) { Key = $"{key}" }
            : new TorchView(
                name, _weights.Data(name).Length / sizeof(float), _weights.Shape(name), RowMajor(_weights.Shape(name)))
            {
                Key = $"{key}",
            })];
        IEnumerable<(string, byte[])> storages = names.Select(
            (name, key) => ($"archive/data/{key}", name == expanded ? one : _weights.Data(name)));
        _model.UseWeights(
            "pytorch_model.bin", TorchArchive.Build([("archive/data.pkl", PickleBuilder.StateDict(views)), .. storages]));

        Assert.Equal(writtenOut, _model.Embed().Vector);

        static long[] RowMajor(long[] shape) => shape.Length == 1 ? [1] : [shape[1], 1];
    }

    // 2^24 elements is the limit for one view; two of them exceed the limit for all views together.
    [Fact]
    public void The_memory_of_weights_that_torch_expanded_is_limited()
    {
        _model.Configure("vocab_size", "262144");
        _model.Configure("max_position_embeddings", "262144");
        byte[] pickle = PickleBuilder.StateDict(
            new TorchView("embeddings.word_embeddings.weight", 64, [262144, 64], [0, 1]),
            new TorchView("embeddings.position_embeddings.weight", 64, [262144, 64], [0, 1]));
        _model.UseWeights("pytorch_model.bin", TorchArchive.Build(pickle, TorchArchive.Numbers(64)));

        Assert.Contains(
            "'embeddings.position_embeddings.weight' and those before it take more",
            _model.FailToLoad().Problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_for_a_folder_without_weights_names_the_expected_files()
    {
        _model.RemoveWeights();

        string problem = _model.FailToLoad().Problem;

        Assert.All(
            ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"],
            name => Assert.Contains(name, problem, StringComparison.Ordinal));
    }

    private static void AssertIsTiny(CodeEmbedding embedding)
    {
        using var tiny = new ModelCopy();
        Assert.Equal(tiny.Embed().Vector, embedding.Vector);
    }
}
