using CodeEmbed.Onnx.Pooling;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The mean and scaling, compared with plain arithmetic.</summary>
public sealed class TokenPoolingTests
{
    [Theory]
    [InlineData(new float[] { 1, -2, 3 }, 3, new float[] { 1, -2, 3 })]
    [InlineData(new float[] { 1, 2, 3, 5, 6, 7 }, 3, new float[] { 3, 4, 5 })]
    [InlineData(new float[] { 1, 2, 3, 4, 8, 12 }, 1, new float[] { 5 })]
    [InlineData(new float[] { 0.5f, -0.5f, 0.25f, 0.5f, 0, 0, 0.25f, 1 }, 2, new float[] { 0.25f, 0.25f })]
    public void The_mean_is_over_the_tokens(float[] hiddenState, int dimensions, float[] mean) =>
        Assert.Equal(mean, TokenPooling.Pool(hiddenState, dimensions, EmbeddingPooling.Mean));

    [Fact]
    public void The_mean_of_many_tokens_equals_plain_arithmetic()
    {
        const int tokens = 512, dimensions = 67;
        var random = new Random(1);
        float[] hiddenState = [.. Enumerable.Range(0, tokens * dimensions).Select(_ => (random.NextSingle() * 4) - 2)];
        double[] expected =
        [
            .. Enumerable.Range(0, dimensions)
                .Select(i => hiddenState.Where((_, place) => place % dimensions == i).Average(value => (double)value)),
        ];

        float[] mean = TokenPooling.Pool(hiddenState, dimensions, EmbeddingPooling.Mean);

        Assert.All(mean.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
    }

    [Fact]
    public void The_hidden_state_is_not_changed()
    {
        float[] hiddenState = [1, 2, 3, 4];

        TokenPooling.Pool(hiddenState, 2, EmbeddingPooling.Mean);

        Assert.Equal([1, 2, 3, 4], hiddenState);
    }

    [Theory]
    [InlineData(new float[] { 3, 4 }, new float[] { 0.6f, 0.8f })]
    [InlineData(new float[] { -2, 0, 0 }, new float[] { -1, 0, 0 })]
    [InlineData(new float[] { 1, 1, 1, 1 }, new float[] { 0.5f, 0.5f, 0.5f, 0.5f })]
    [InlineData(new float[] { 3e-10f, 4e-10f }, new float[] { 0.6f, 0.8f })]
    public void A_vector_is_scaled_to_length_1(float[] vector, float[] expected)
    {
        PoolingHead.Scale(vector);

        Assert.All(vector.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    [Fact]
    public void A_zero_vector_stays_zero()
    {
        float[] vector = [0, 0, 0];

        PoolingHead.Scale(vector);

        Assert.Equal([0, 0, 0], vector);
    }

    // torch.nn.functional.normalize divides by max(norm, 1e-12).
    [Fact]
    public void A_vector_that_is_almost_zero_is_not_scaled_to_length_1()
    {
        float[] vector = [1e-13f, 0];

        PoolingHead.Scale(vector);

        Assert.Equal(0.1f, vector[0], 1e-6f);
    }
}
