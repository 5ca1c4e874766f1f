using System.Numerics.Tensors;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Vectors against PyTorch's, in every form that a user may hold a model in.</summary>
public sealed class VectorTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const double LargestDifference = 1e-5, SmallestCosine = 0.999999;

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Every_number_is_that_of_PyTorch(string form)
    {
        double[][] expected = ExpectedValues.Vectors(form);

        IEnumerable<double> differences = Embed(form).Zip(expected, LargestDistance);

        Assert.All(differences, difference => Assert.InRange(difference, 0, LargestDifference));
    }

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Every_vector_points_where_that_of_PyTorch_does(string form)
    {
        double[][] expected = ExpectedValues.Vectors(form);

        IEnumerable<double> cosines = Embed(form)
            .Zip(expected, (vector, reference) => TensorPrimitives.CosineSimilarity<double>(Widen(vector), reference));

        Assert.All(cosines, cosine => Assert.InRange(cosine, SmallestCosine, 1 + 1e-9));
    }

    [Theory]
    [MemberData(nameof(FixtureModels.Forms), MemberType = typeof(FixtureModels))]
    public void Token_counts_are_the_numbers_of_the_ids(string form)
    {
        IEnumerable<int> counts = models.Service(form).EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken)
            .Select(embedding => embedding.TokenCount);

        Assert.Equal(ExpectedValues.Ids(form).Select(ids => ids.Length), counts);
    }

    [Fact]
    public void Every_vector_has_length_1()
    {
        IEnumerable<double> lengths = Embed(FixtureModels.Bundled).Select(vector => Math.Sqrt(Widen(vector).Sum(value => value * value)));

        Assert.All(lengths, length => Assert.Equal(1, length, 1e-6));
    }

    private float[][] Embed(string form) =>
        [.. models.Service(form).EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken).Select(embedding => embedding.Vector)];

    private static double LargestDistance(float[] vector, double[] reference)
    {
        Assert.Equal(reference.Length, vector.Length);
        return vector.Zip(reference, (value, expected) => Math.Abs(value - expected)).Max();
    }

    private static double[] Widen(float[] vector) => [.. vector.Select(value => (double)value)];
}
