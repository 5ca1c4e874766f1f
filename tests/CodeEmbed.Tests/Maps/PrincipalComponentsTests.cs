using System.Globalization;
using System.Text.Json;
using CodeEmbed.Maps;
using Xunit;

namespace CodeEmbed.Tests.Maps;

/// <summary>
///   The expected numbers come from numpy, and from examples whose directions and variances are known beforehand.
/// </summary>
public sealed class PrincipalComponentsTests
{
    private static readonly string Fixture = Repository.Fixture("principal-components.json");

    /// <summary>The coordinates are as large as 300, and a page has five digits of them.</summary>
    [Fact]
    public void The_projection_equals_numpys_singular_value_decomposition()
    {
        using JsonDocument expected = ReadFixture();

        Projection projection = Project(VectorsOf(expected));

        AssertNear(expected.RootElement.GetProperty("x").Deserialize<double[]>()!, projection.X, 1e-5);
        AssertNear(expected.RootElement.GetProperty("y").Deserialize<double[]>()!, projection.Y, 1e-5);
        Assert.Equal(expected.RootElement.GetProperty("share").GetDouble(), projection.Share, 12);
    }

    [Fact]
    public void Vectors_along_the_axes_keep_their_positions()
    {
        Projection projection = Project([[0, 1], [2, 0], [-2, 0], [0, -1]]);

        AssertNear([0, 2, -2, 0], projection.X);
        AssertNear([1, 0, 0, -1], projection.Y);
        Assert.Equal(1, projection.Share, 12);
    }

    [Fact]
    public void The_mean_is_subtracted_and_the_third_direction_is_dropped()
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

    /// <summary>Enough dimensions that several threads add the vectors, and more vectors than are added at once.</summary>
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

    /// <summary>With this processor's vector registers, without them, and on one processor.</summary>
    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic", "0", false)]
    [InlineData("DOTNET_EnableAVX2", "0", true)]
    [InlineData("DOTNET_PROCESSOR_COUNT", "1", true)]
    public async Task Another_processor_gives_the_same_bits(string variable, string value, bool hasRegisters)
    {
        using JsonDocument fixture = ReadFixture();
        Projection projection = Project(VectorsOf(fixture));
        Assert.True(System.Numerics.Vector.IsHardwareAccelerated);

        (int exitCode, string output, string error) = await ChildProcess.RunAsync(
            Repository.Root,
            new Dictionary<string, string> { [variable] = value },
            "dotnet",
            Repository.HostAssembly,
            $$"""
            $vectors = [float[][]](Get-Content -Raw '{{Fixture}}' | ConvertFrom-Json).vectors
            $components = [CodeEmbed.CodeSnippet].Assembly.GetType('CodeEmbed.Maps.PrincipalComponents')
            $arguments = [object[]]($vectors, [Threading.CancellationToken]::None)
            $projection = $components.GetMethod('Project').Invoke($null, $arguments)
            [System.Numerics.Vector]::IsHardwareAccelerated
            $projection.X + $projection.Y + $projection.Share | ForEach-Object { [BitConverter]::DoubleToInt64Bits($_) }
            """);

        Assert.True(exitCode == 0, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(hasRegisters, bool.Parse(lines[0]));
        Assert.Equal(
            [.. projection.X, .. projection.Y, projection.Share],
            lines.Skip(1).Select(line => BitConverter.Int64BitsToDouble(long.Parse(line, CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Equal_vectors_have_the_same_position()
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
    public void It_can_be_cancelled() => Assert.Throws<OperationCanceledException>(
        () => PrincipalComponents.Project(Vectors(10, 10), new CancellationToken(canceled: true)));

    private static Projection Project(IReadOnlyList<float[]> vectors) =>
        PrincipalComponents.Project(vectors, TestContext.Current.CancellationToken);

    private static JsonDocument ReadFixture() => JsonDocument.Parse(File.ReadAllBytes(Fixture));

    private static float[][] VectorsOf(JsonDocument fixture) =>
        fixture.RootElement.GetProperty("vectors").Deserialize<float[][]>()!;

    private static float[][] Vectors(int count, int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextSingle()).ToArray())];
    }

    private static void AssertNear(IEnumerable<double> expected, double[] actual, double tolerance = 5e-7)
    {
        double[] all = [.. expected];
        Assert.Equal(all.Length, actual.Length);
        Assert.All(all.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }
}
