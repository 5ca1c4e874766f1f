using System.Numerics.Tensors;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Vectors, compared with PyTorch's, for every format in which a user may have a model.</summary>
public sealed class VectorTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const double LargestDifference = 1e-5, SmallestCosine = 0.999999;

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Every_number_matches_PyTorch(string form)
    {
        double[][] expected = ExpectedValues.Vectors(form);

        IEnumerable<double> differences = Embed(form).Zip(expected, LargestDistance);

        Assert.All(differences, difference => Assert.InRange(difference, 0, LargestDifference));
    }

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Every_vector_points_in_the_direction_of_PyTorch(string form)
    {
        double[][] expected = ExpectedValues.Vectors(form);

        IEnumerable<double> cosines = Embed(form)
            .Zip(expected, (vector, reference) => TensorPrimitives.CosineSimilarity<double>(Widen(vector), reference));

        Assert.All(cosines, cosine => Assert.InRange(cosine, SmallestCosine, 1 + 1e-9));
    }

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Token_counts_equal_the_numbers_of_ids(string form)
    {
        IEnumerable<int> counts = models.Service(form).EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken)
            .Select(embedding => embedding.TokenCount);

        Assert.Equal(ExpectedValues.Ids(form).Select(ids => ids.Length), counts);
    }

    [Fact]
    public void Every_vector_has_length_1()
    {
        IEnumerable<double> lengths = Embed(FixtureModels.Bundled).Select(
            vector => Math.Sqrt(Widen(vector).Sum(value => value * value)));

        Assert.All(lengths, length => Assert.Equal(1, length, 1e-6));
    }

    /// <summary>The lengths come from PyTorch's means of the last hidden state, in float64.</summary>
    [Theory]
    [InlineData(0, 5.28388735911369)]
    [InlineData(20, 5.5337594478838845)]
    [InlineData(68, 5.026359698075009)]
    public void A_vector_that_is_not_normalized_has_its_original_length_and_the_same_direction(int line, double expectedLength)
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny) with { Normalize = false });

        CodeEmbedding embedding = service.EmbedBatch([Snippets.OfTexts()[line]], TestContext.Current.CancellationToken).Single();

        double length = TensorPrimitives.Norm<double>(Widen(embedding.Vector));
        float[] direction = [.. embedding.Vector.Select(value => (float)(value / length))];
        Assert.Equal(expectedLength, length, 1e-5 * expectedLength);
        Assert.InRange(LargestDistance(direction, ExpectedValues.Vectors(FixtureModels.Tiny)[line]), 0, LargestDifference);
        Assert.False(embedding.Normalized);
    }

    private float[][] Embed(string form) =>
        [.. models.Service(form)
            .EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken)
            .Select(embedding => embedding.Vector)];

    private static double LargestDistance(float[] vector, double[] reference)
    {
        Assert.Equal(reference.Length, vector.Length);
        return vector.Zip(reference, (value, expected) => Math.Abs(value - expected)).Max();
    }

    private static double[] Widen(float[] vector) => [.. vector.Select(value => (double)value)];
}
