using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Folders with models that cannot be run: the error says what each one is.</summary>
public sealed class ForeignModelTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_adapter_is_reported(bool hasConfig)
    {
        Leave(hasConfig, "adapter_config.json", "adapter_model.safetensors");

        Assert.Contains(
            "it is an adapter (LoRA), which changes the weights of another model", Problem(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_of_llama_cpp_is_reported(bool hasConfig)
    {
        Leave(hasConfig, "model-Q8_0.gguf");

        Assert.Contains("Its weights are in GGUF, the format of llama.cpp", Problem(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pylate.models.Dense.Dense", "Without Pooling it gives a vector for each token, as ColBERT does")]
    [InlineData("sentence_transformers.models.Router", "A Router takes queries and documents through different parts")]
    [InlineData("custom_st.Fusion", "'custom_st.Fusion' is the model's own code, which is never run")]
    public void Modules_are_reported(string type, string problem)
    {
        File.WriteAllText(
            _model.File("modules.json"),
            $$"""
            [{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"path":"1_X","type":"{{type}}"}]
            """);

        Assert.Contains(problem, Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_models_own_code_is_reported()
    {
        _model.Configure("model_type", "\"qwen9\"");
        _model.Configure("auto_map", """{"AutoModel":"modeling.Model"}""");

        Assert.Contains(
            "The model's own code, which auto_map names, is never run.", Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void JinaBERT_without_the_kind_of_its_products_is_refused()
    {
        // JinaBertConfig then defaults to "original", products without a gate.
        _model.Configure("model_type", "\"bert\"");
        _model.Configure("position_embedding_type", "\"alibi\"");

        Assert.Contains("feed_forward_type is missing", Problem(), StringComparison.Ordinal);
    }

    private string Problem() => _model.FailToLoad().Problem;

    private void Leave(bool hasConfig, params string[] files)
    {
        _model.RemoveWeights();
        if (!hasConfig)
            File.Delete(_model.File("config.json"));

        foreach (string file in files)
            File.WriteAllText(_model.File(file), "{}");
    }
}
