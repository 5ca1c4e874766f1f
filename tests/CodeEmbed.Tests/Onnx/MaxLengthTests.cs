using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The part of a snippet that the model sees.</summary>
public sealed class MaxLengthTests
{
    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(513)]
    [InlineData(int.MaxValue)]
    public void A_length_that_the_model_does_not_support_is_refused_with_the_limits(int maxLength)
    {
        using OnnxEmbeddingService service = Service(FixtureModels.Tiny, maxLength);

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(() => Embed(service));

        Assert.Equal("MaxLength", exception.Option);
        Assert.Contains($"{maxLength}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("3 to 512 tokens", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(512)]
    public void A_long_snippet_is_truncated_to_the_length_and_the_rest_is_counted(int maxLength)
    {
        using OnnxEmbeddingService service = Service(FixtureModels.Tiny, maxLength);

        CodeEmbedding embedding = Embed(service);

        // Text 68 has 5,137 tokens according to tokenizers 0.23.2.
        Assert.Equal((maxLength, 5137 - maxLength), (embedding.TokenCount, embedding.TruncatedTokens));
    }

    [Theory]
    [InlineData(null, 512)]
    [InlineData(7, 7)]
    public void The_model_reports_its_length(int? maxLength, int expected)
    {
        using OnnxEmbeddingService service = Service(FixtureModels.Tiny, maxLength);

        Embed(service);

        Assert.Equal(expected, service.Model!.MaxLength);
    }

    [Fact]
    public void A_model_with_fewer_positions_than_the_default_uses_all_of_them()
    {
        using var model = new ModelCopy();
        SafetensorsBuilder weights = SafetensorsBuilder.Read(model.File("model.safetensors"));
        byte[] positions = weights.Data("embeddings.position_embeddings.weight")[..(20 * 64 * sizeof(float))];
        model.UseWeights(
            "model.safetensors", weights.Set("embeddings.position_embeddings.weight", "F32", [20, 64], positions).Build());
        model.Configure("max_position_embeddings", "20");

        // 20 positions, of which the model skips 0 and 1, the position of padding.
        Assert.Equal(18, model.Embed(ExpectedValues.Texts[68]).TokenCount);
    }

    // sentence-transformers uses the smaller of the positions and the tokenizer's model_max_length if none of its own files names
    // a length.
    [Theory]
    [InlineData("{}", 1024)]
    [InlineData("{\"model_max_length\":1000000000000000019884624838656}", 1024)]
    [InlineData("{\"model_max_length\":700}", 700)]
    public void A_model_without_a_length_uses_the_limit_of_its_positions_and_its_tokenizer(string tokenizer, int expected)
    {
        using var model = new ModelCopy();
        SafetensorsBuilder weights = SafetensorsBuilder.Read(model.File("model.safetensors"));
        weights.Set("embeddings.position_embeddings.weight", "F32", [1026, 64], new byte[1026 * 64 * sizeof(float)]);
        model.UseWeights("model.safetensors", weights.Build());
        model.Configure("max_position_embeddings", "1026");
        File.WriteAllText(model.File("tokenizer_config.json"), tokenizer);

        Assert.Equal(expected, model.Embed(ExpectedValues.Texts[68]).TokenCount);
    }

    private static OnnxEmbeddingService Service(string form, int? maxLength) =>
        new(FixtureModels.Options(form) with { MaxLength = maxLength });

    private static CodeEmbedding Embed(OnnxEmbeddingService service) =>
        service.EmbedBatch([Snippets.Of(ExpectedValues.Texts[68])], TestContext.Current.CancellationToken).Single();
}
