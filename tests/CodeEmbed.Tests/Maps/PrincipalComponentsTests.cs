using CodeEmbed.Maps;
using Xunit;

namespace CodeEmbed.Tests.Maps;

/// <summary>The expected numbers are those of examples whose directions and variances are known beforehand.</summary>
public sealed class PrincipalComponentsTests
{
    [Fact]
    public void Vectors_along_the_axes_keep_their_places()
    {
        Projection projection = Project([[0, 1], [2, 0], [-2, 0], [0, -1]]);

        AssertNear([0, 2, -2, 0], projection.X);
        AssertNear([1, 0, 0, -1], projection.Y);
        Assert.Equal(1, projection.Share, 12);
    }

    [Fact]
    public void The_mean_is_taken_away_and_the_third_direction_is_left_out()
    {
        // Around (5, 6, 7): 3 along (1, 1, 0), 2 along (1, -1, 0), 1 along (0, 0, 1), each both ways, with the first two not
        // scaled to length 1.
        Projection projection = Project(
            [[8, 9, 7], [2, 3, 7], [7, 4, 7], [3, 8, 7], [5, 6, 8], [5, 6, 6]]);

        double unit = Math.Sqrt(2);
        AssertNear([3 * unit, -3 * unit, 0, 0, 0, 0], projection.X);
        AssertNear([0, 0, 2 * unit, -2 * unit, 0, 0], projection.Y);
        Assert.Equal(26.0 / 27, projection.Share, 12);
    }

    /// <summary>So many dimensions that several threads add the vectors, and more of these than are added at once.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(384)]
    [InlineData(389)]
    public void Many_dimensions_are_projected_too(int size)
    {
        var vectors = new List<float[]>();
        for (int i = -10; i <= 10; i++)
        {
            // Along the axes 7 and size - 1, which do not vary together.
            vectors.Add(new float[size]);
            vectors[^1][7] = -3 * i;
            vectors[^1][size - 1] = i * i;
        }

        Projection projection = Project(vectors);

        // The mean of the squares of -10 to 10 is 110 / 3.
        AssertNear(Enumerable.Range(-10, 21).Select(i => (double)(i * i) - (110.0 / 3)), projection.X);
        AssertNear(Enumerable.Range(-10, 21).Select(i => -3.0 * i), projection.Y);
    }

    [Fact]
    public void The_same_vectors_give_the_same_bits()
    {
        float[][] vectors = Vectors(100, 200);

        Projection first = Project(vectors), second = Project(vectors);

        Assert.Equal(first.X, second.X);
        Assert.Equal(first.Y, second.Y);
    }

    [Fact]
    public void Equal_vectors_are_at_one_place()
    {
        Projection projection = Project([[1, 2], [1, 2], [1, 2]]);

        Assert.Equal([0, 0, 0], projection.X);
        Assert.Equal([0, 0, 0], projection.Y);
    }

    [Fact]
    public void One_dimension_has_one_component()
    {
        Projection projection = Project([[1], [3]]);

        AssertNear([-1, 1], projection.X);
        Assert.Equal([0, 0], projection.Y);
    }

    [Fact]
    public void It_can_be_stopped() => Assert.Throws<OperationCanceledException>(
        () => PrincipalComponents.Project(Vectors(10, 10), new CancellationToken(canceled: true)));

    private static Projection Project(IReadOnlyList<float[]> vectors) =>
        PrincipalComponents.Project(vectors, TestContext.Current.CancellationToken);

    private static float[][] Vectors(int count, int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextSingle()).ToArray())];
    }

    private static void AssertNear(IEnumerable<double> expected, double[] actual)
    {
        double[] all = [.. expected];
        Assert.Equal(all.Length, actual.Length);
        Assert.All(all.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 6));
    }
}
