using CodeEmbed.Search;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>The cosine, compared with values computed by hand and with sums of decimal numbers.</summary>
public sealed class CosineTests
{
    public static TheoryData<float[], float[], double> ByHand { get; } = new()
    {
        { [3, 4], [4, 3], 0.96 },
        { [1, 0], [0, 7], 0 },
        { [2, -3, 6], [-2, 3, -6], -1 },
        { [0.5f, 0.5f, 0.5f, 0.5f], [8, 8, 8, 8], 1 },
        { [0, 0, 0], [1, 2, 3], 0 },
        { [], [], 0 },
        { [1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 8, 7, 6, 5, 4, 3, 2, 1], 165.0 / 285 },
        { [3e38f, 3e38f], [1e-38f, 1e-38f], 1 },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public void It_is_the_cosine_of_the_angle(float[] left, float[] right, double expected) =>
        Assert.Equal(expected, Cosine.Of(left, right), 1e-15);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(768)]
    public void It_is_exact_to_the_last_digits(int length)
    {
        var random = new Random(length);
        float[] left = Random(random, length), right = Random(random, length);

        Assert.Equal(Reference(left, right), Cosine.Of(left, right), 1e-15);
    }

    // A processor with short vectors must add in the same order as one with long vectors.
    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(61)]
    [InlineData(384)]
    public void Each_kind_of_processor_gives_the_same_bits(int length)
    {
        var random = new Random(length);
        float[] left = Random(random, length), right = Random(random, length);

        Assert.Equal(Cosine.SumByFour(left, right), Cosine.SumByEight(left, right));
    }

    [Fact]
    public void The_same_vector_has_the_cosine_1()
    {
        var random = new Random(5);
        for (int i = 0; i < 100; i++)
        {
            float[] vector = Random(random, 384);
            Assert.Equal(1.0, Cosine.Of(vector, vector));
        }
    }

    [Fact]
    public void Vectors_of_different_lengths_are_refused() =>
        Assert.Throws<ArgumentException>(() => Cosine.Of([1, 2], [1, 2, 3]));

    // Vectors of ordinary, tiny and huge numbers, and of both together; values close to the cosine and farther away.
    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(61)]
    [InlineData(768)]
    [InlineData(4096)]
    public void A_cosine_reported_below_a_value_is_below_it(int length)
    {
        var random = new Random(length);
        float[] scales = [1, 1e-12f, 1e-20f, 1e-30f, 1e12f, 1e18f];
        for (int i = 0; i < 400; i++)
        {
            float[] left = Random(random, length), right = Random(random, length);
            float scale = scales[i % scales.Length];
            for (int j = 0; j < length; j++)
                right[j] = (i % 4 == 0 ? right[j] : left[j] + (0.01f * right[j])) * (i % 5 == 0 && j % 2 == 0 ? 1 : scale);

            double cosine = Cosine.Of(left, right);
            foreach (double away in (double[])[-0.1, -1e-3, -1e-6, -1e-9, 0])
                Assert.False(CosineEstimate.IsBelow(left, Cosine.SquareOf(left), right, cosine + away));
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(768)]
    public void A_value_a_thousandth_above_the_cosine_is_recognized_in_float32(int length)
    {
        var random = new Random(length);
        float[] left = Random(random, length), right = Random(random, length);

        Assert.True(CosineEstimate.IsBelow(left, Cosine.SquareOf(left), right, Cosine.Of(left, right) + 1e-3));
    }

    [Fact]
    public void Float32_tells_nothing_of_vectors_of_zeros() =>
        Assert.False(CosineEstimate.IsBelow([1, 2, 3], 14, [0, 0, 0], 0.5));

    private static float[] Random(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2) - 1)];

    /// <summary>Computes the cosine with sums of 28 digits.</summary>
    private static double Reference(float[] left, float[] right)
    {
        decimal product = left.Zip(right, (x, y) => (decimal)(double)x * (decimal)(double)y).Sum();
        decimal squares = Square(left) * Square(right);
        return (double)product / Math.Sqrt((double)squares);

        static decimal Square(float[] vector) => vector.Sum(x => (decimal)(double)x * (decimal)(double)x);
    }
}
