using System.IO.Compression;
using System.Security.Cryptography;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Zstandard;
using Xunit;
using ZstdSharp;

namespace CodeEmbed.Tests.Core;

/// <summary>Each snippet knows the fraction of the input up to its end.</summary>
public sealed class InputFractionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_fraction_of_a_line_ends_with_its_bytes()
    {
        string path = _folder.WriteLines(
            "in.jsonl", Sample.LineOfLength("1", 99), Sample.LineOfLength("2", 199), Sample.LineOfLength("3", 699));

        Assert.Equal([0.1, 0.3, 1], await FractionsAsync(path, InputShare.Whole));
    }

    [Fact]
    public async Task A_file_accounts_for_its_share_of_the_input()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.LineOfLength("1", 99), Sample.LineOfLength("2", 99));

        Assert.Equal([0.75, 1], await FractionsAsync(path, new InputShare(0.5, 0.5)));
    }

    [Fact]
    public async Task There_is_no_fraction_if_the_share_is_not_known() =>
        Assert.Equal([null], await FractionsAsync(_folder.WriteLines("in.jsonl", Sample.Line("1")), null));

    [Theory]
    [InlineData("in.jsonl.gz")]
    [InlineData("in.jsonl.zst")]
    public async Task In_a_compressed_file_the_fraction_grows_about_evenly_from_0_to_1(string name)
    {
        // Random hexadecimal digits compress evenly, and 4 MB are far more than any buffer.
        string path = _folder.File(name);
        await using (var writer = new StreamWriter(Path.GetExtension(name) == ".gz"
            ? new GZipStream(File.Create(path), CompressionLevel.Fastest)
            : new CompressionStream(File.Create(path), leaveOpen: false)))
        {
            for (int i = 0; i < 1000; i++)
                await writer.WriteLineAsync(Sample.Line($"{i}", Convert.ToHexString(RandomNumberGenerator.GetBytes(2048))));
        }

        double?[] fractions = await FractionsAsync(path, InputShare.Whole);

        Assert.Equal(fractions.Order(), fractions);
        Assert.InRange(fractions[499]!.Value, 0.45, 0.55);
        Assert.InRange(fractions[999]!.Value, 0.99, 1);
    }

    private static async Task<double?[]> FractionsAsync(string path, InputShare? share)
    {
        var fractions = new List<double?>();
        await foreach (CodeSnippet snippet in new JsonlSnippetReader(path)
        {
            Share = share,
            Zstandard = new ZstandardCodec(),
        }.ReadAsync(
            TestContext.Current.CancellationToken).ValuesAsync())
            fractions.Add(snippet.InputFraction);

        return [.. fractions];
    }
}
