using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Models;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The requirements on config.json for a model to run; each refusal names the key.</summary>
public sealed class BertConfigTests : IDisposable
{
    private const string FileName = "config.json";

    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("model_type", "\"electra\"")]
    [InlineData("model_type", "\"xlm-roberta-xl\"")]
    [InlineData("model_type", "\"\"")]
    [InlineData("model_type", "3")]
    [InlineData("model_type", "[\"roberta\"]")]
    [InlineData("hidden_act", "\"relu\"")]
    [InlineData("hidden_act", "\"gelu_new\"")]
    [InlineData("position_embedding_type", "\"relative_key\"")]
    [InlineData("is_decoder", "true")]
    [InlineData("add_cross_attention", "true")]
    public void Another_architecture_is_refused(string key, string json)
    {
        _model.Configure(key, json);

        AssertNames(key, json.Trim('"'));
    }

    [Theory]
    [InlineData("vocab_size")]
    [InlineData("hidden_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("intermediate_size")]
    [InlineData("max_position_embeddings")]
    public void A_size_must_be_an_integer_of_at_least_1(string key)
    {
        Assert.All(["0", "-1", "1.5", "2147483648", "1e30", "\"64\"", "true", "[64]", "{}"], json =>
        {
            _model.Configure(key, json);
            AssertNames(key, json);
        });
    }

    [Theory]
    [InlineData("type_vocab_size", "0")]
    [InlineData("type_vocab_size", "-1")]
    [InlineData("type_vocab_size", "1.5")]
    [InlineData("pad_token_id", "-1")]
    [InlineData("pad_token_id", "0.5")]
    [InlineData("pad_token_id", "\"1\"")]
    [InlineData("layer_norm_eps", "-1e-5")]
    [InlineData("layer_norm_eps", "1e39")]
    [InlineData("layer_norm_eps", "\"1e-5\"")]
    [InlineData("layer_norm_eps", "null")]
    public void A_value_out_of_range_is_refused(string key, string json)
    {
        _model.Configure(key, json);

        AssertNames(key, json);
    }

    [Theory]
    [InlineData("model_type")]
    [InlineData("vocab_size")]
    [InlineData("hidden_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("intermediate_size")]
    [InlineData("max_position_embeddings")]
    public void A_missing_or_null_key_is_named(string key)
    {
        _model.Configure(key, "null");
        AssertNames(key, "is missing");

        _model.Patch(FileName, config => config.Remove(key));
        AssertNames(key, "is missing");
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused()
    {
        _model.Configure("num_attention_heads", "5");

        AssertNames("num_attention_heads (5)", "hidden_size (64)");
    }

    [Theory]
    [InlineData("pad_token_id", "511")]
    [InlineData("pad_token_id", "2147483647")]
    [InlineData("max_position_embeddings", "4")]
    public void No_room_for_three_tokens_is_refused(string key, string json)
    {
        _model.Configure(key, json);

        AssertNames("max_position_embeddings", "pad_token_id");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    public void A_file_that_is_not_a_JSON_object_is_refused(string json)
    {
        File.WriteAllText(_model.File(FileName), json);

        Assert.Contains(FileName, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type":"\ud800"}""")]
    [InlineData("""{"model_type":"roberta","hidden_act":"\udfff"}""")]
    public void A_lone_surrogate_is_refused_like_any_other_value(string json)
    {
        File.WriteAllText(_model.File(FileName), json);

        Assert.Contains(FileName, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    // The defaults of Hugging Face's RobertaConfig.
    [Fact]
    public void Missing_keys_have_the_defaults_of_Hugging_Face()
    {
        foreach (string key in new[]
        {
            "hidden_act",
            "layer_norm_eps",
            "pad_token_id",
            "type_vocab_size",
            "position_embedding_type",
            "is_decoder"
        })
            _model.Patch(FileName, config => config.Remove(key));

        string read = Read().Description;

        Assert.All(
            [
                "hidden_act gelu", "position_embedding_type absolute", "pad_token_id 1", "type_vocab_size 2",
                "layer_norm_eps 1E-12",
            ],
            value => Assert.Contains(value, read.Split("; ")));
    }

    [Fact]
    public void The_values_of_the_file_are_used_and_each_value_that_is_read_is_recorded()
    {
        (Encoder encoder, string description) = Read();

        // The values in config.json of the fixture.
        Assert.Equal((1261, 64, 2, 512), (encoder.VocabularySize, encoder.HiddenSize, encoder.LayerCount, encoder.MaxLength));
        Assert.Equal(PositionIds.FromPadding(1), encoder.Positions);
        Assert.Equal(
            [
                "hidden_act gelu",
                "hidden_size 64",
                "intermediate_size 256",
                "layer_norm_eps 1E-05",
                "max_position_embeddings 514",
                "model_type roberta",
                "num_attention_heads 4",
                "num_hidden_layers 2",
                "pad_token_id 1",
                "position_embedding_type absolute",
                "type_vocab_size 1", "vocab_size 1261",
            ],
            description.Split("; ").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("514", "1", 512)]
    [InlineData("514", "0", 513)]
    [InlineData("20", "3", 16)]
    public void A_model_accepts_as_many_tokens_as_there_are_positions_after_padding(
        string positions, string paddingId, int maxLength)
    {
        _model.Configure("max_position_embeddings", positions);
        _model.Configure("pad_token_id", paddingId);

        Assert.Equal(maxLength, Read().Encoder.MaxLength);
    }

    private (Encoder Encoder, string Description) Read() =>
        CheckpointSource.ReadConfig(new ModelFolder(_model.Path, ModelCopy.Name), length: null, () => []);

    private void AssertNames(string key, string what)
    {
        string problem = _model.FailToLoad().Problem;
        Assert.Contains(key, problem, StringComparison.Ordinal);
        Assert.Contains(what, problem, StringComparison.Ordinal);
        Assert.Contains(FileName, problem, StringComparison.Ordinal);
    }
}
