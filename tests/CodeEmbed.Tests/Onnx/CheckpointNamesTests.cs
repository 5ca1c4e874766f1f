using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The names that a checkpoint may use for the weights, and the errors if they are not found.</summary>
public sealed class CheckpointNamesTests : IDisposable
{
    private const string FileName = "model.safetensors";

    private readonly ModelCopy _model = new();
    private readonly SafetensorsBuilder _weights = SafetensorsBuilder.Read(Repository.Fixture("tiny-roberta/model.safetensors"));

    public void Dispose() => _model.Dispose();

    // transformers' models with a head, torch's DataParallel, both, a whole sentence-transformers model, Lightning,
    // torch.compile.
    [Theory]
    [InlineData("roberta.")]
    [InlineData("module.")]
    [InlineData("module.roberta.")]
    [InlineData("0.auto_model.")]
    [InlineData("encoder.")]
    [InlineData("model.")]
    [InlineData("model.encoder.roberta.")]
    [InlineData("_orig_mod.")]
    public void One_encoder_is_found_under_any_prefix(string prefix)
    {
        var weights = new SafetensorsBuilder();
        foreach (string name in _weights.Names)
            _weights.CopyTo(weights, name, prefix + name);

        weights.Set("classifier.weight", "F32", [1], new byte[4]);
        _model.UseWeights(FileName, weights.Build());

        AssertIsTiny();
    }

    [Fact]
    public void The_names_without_a_prefix_take_precedence()
    {
        var weights = new SafetensorsBuilder();
        foreach (string name in _weights.Names)
        {
            _weights.CopyTo(weights, name, name);
            weights.Set("teacher." + name, "F32", [1], new byte[4]);
        }

        _model.UseWeights(FileName, weights.Build());

        AssertIsTiny();
    }

    [Fact]
    public void Several_encoders_are_refused_with_their_prefixes()
    {
        var weights = new SafetensorsBuilder();
        foreach (string name in _weights.Names)
        {
            _weights.CopyTo(weights, name, "query." + name);
            _weights.CopyTo(weights, name, "code." + name);
        }

        _model.UseWeights(FileName, weights.Build());

        Assert.Contains("several encoders, under 'code.', 'query.'", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LayerNorm.gamma", "LayerNorm.beta", "")]
    [InlineData("LayerNorm.gamma", "LayerNorm.beta", "roberta.")]
    [InlineData("LayerNorm.gamma", "LayerNorm.bias", "")]
    public void The_older_names_of_a_normalization_are_read(string scale, string shift, string prefix)
    {
        var weights = new SafetensorsBuilder();
        foreach (string name in _weights.Names)
        {
            string older = name.Replace("LayerNorm.weight", scale, StringComparison.Ordinal).Replace(
                "LayerNorm.bias", shift, StringComparison.Ordinal);
            _weights.CopyTo(weights, name, prefix + older);
        }

        _model.UseWeights(FileName, weights.Build());

        AssertIsTiny();
    }

    [Fact]
    public void Some_of_the_unknown_names_are_listed()
    {
        var weights = new SafetensorsBuilder();
        for (int i = 0; i < 100; i++)
            weights.Set($"blocks.{i}.mixer", "F32", [1], new byte[4]);

        _model.UseWeights(FileName, weights.Build());

        string problem = _model.FailToLoad().Problem;

        Assert.Contains("'embeddings.word_embeddings.weight' is missing in model.safetensors", problem, StringComparison.Ordinal);
        Assert.Contains("of its 100 names", problem, StringComparison.Ordinal);
        Assert.Contains("'blocks.0.mixer'", problem, StringComparison.Ordinal);
        Assert.Contains("and 92 more", problem, StringComparison.Ordinal);
    }

    // The output of torch.save for { 'epoch': torch.tensor([1.]), 'optimizer': { 0: {} }, KEY: model.state_dict() }.
    [Theory]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("model")]
    public void A_training_checkpoint_is_reported_with_the_key_of_its_state_dict(string key)
    {
        var view = new TorchView("embeddings.word_embeddings.weight", 12, [3, 4], [4, 1]);
        byte[] pickle = new PickleBuilder().Opcode((byte)'}').Opcode((byte)'(').Text("epoch").Tensor(
            view with { Shape = [1], Strides = [1] })
            .Text("optimizer").Opcode((byte)'}').Integer(0).Opcode((byte)'}', (byte)'s')
            .Text(key).Opcode((byte)'}', (byte)'(').Text(view.Name).Tensor(view).Text("second").Tensor(view).Opcode((byte)'u')
            .Opcode((byte)'u').Build();
        _model.UseWeights("pytorch_model.bin", TorchArchive.Build(pickle, TorchArchive.Numbers(12)));

        string problem = _model.FailToLoad().Problem;

        Assert.Contains(
            $"is a training checkpoint with the keys 'epoch', 'optimizer', '{key}'; its state dict is under '{key}'",
            problem,
            StringComparison.Ordinal);
        Assert.Contains($"torch.load(path)['{key}']", problem, StringComparison.Ordinal);
    }

    private void AssertIsTiny()
    {
        using var tiny = new ModelCopy();
        Assert.Equal(tiny.Embed().Vector, _model.Embed().Vector);
    }
}
