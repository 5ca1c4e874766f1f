using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The validation of embeddings that PowerShell created or changed.</summary>
public sealed class EmbeddingValidatorTests
{
    [Fact]
    public void An_embedding_with_the_required_properties_is_valid()
    {
        EmbeddingValidator.Validate(Sample.Embedding(Sample.Snippet("1"), 0.5f, -0f, float.MaxValue, float.Epsilon));
    }

    [Theory]
    [InlineData("Snippet", "snippet")]
    [InlineData("Vector", "vector")]
    [InlineData("ModelName", "model_name")]
    [InlineData("Fingerprint", "fingerprint")]
    public void A_property_that_is_not_set_is_named(string property, string field)
    {
        CodeEmbedding embedding = Sample.Embedding(Sample.Snippet("1"));
        typeof(CodeEmbedding).GetProperty(property)!.SetValue(embedding, null);

        var error = Assert.Throws<SnippetValidationException>(() => EmbeddingValidator.Validate(embedding));

        Assert.Equal(field, error.Field);
        Assert.Contains($"'{field}' is missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_vector_with_a_number_that_JSON_cannot_represent_is_an_error(float number)
    {
        CodeEmbedding embedding = Sample.Embedding(Sample.Snippet("the id"), 1f, number);

        var error = Assert.Throws<SnippetValidationException>(() => EmbeddingValidator.Validate(embedding));

        Assert.Equal(("vector", "the id"), (error.Field, error.SnippetId));
    }

    [Theory]
    [InlineData("Vector", new float[0], "vector")]
    [InlineData("TokenCount", -3, "token_count")]
    [InlineData("TruncatedTokens", -1, "truncated_tokens")]
    [InlineData("Precision", (EmbeddingPrecision)77, "precision")]
    public void A_value_that_could_not_be_read_back_is_an_error(string property, object value, string field)
    {
        CodeEmbedding embedding = Sample.Embedding(Sample.Snippet("1"), 1);
        typeof(CodeEmbedding).GetProperty(property)!.SetValue(embedding, value);

        var error = Assert.Throws<SnippetValidationException>(() => EmbeddingValidator.Validate(embedding));

        Assert.Equal((field, "1"), (error.Field, error.SnippetId));
    }

    [Fact]
    public void An_invalid_snippet_makes_its_embedding_invalid()
    {
        var error = Assert.Throws<SnippetValidationException>(
            () => EmbeddingValidator.Validate(Sample.Embedding(Sample.Snippet(""))));

        Assert.Equal("id", error.Field);
    }
}
