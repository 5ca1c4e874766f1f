using System.IO.Compression;
using CodeEmbed.Jsonl.Input;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Decompressing gzip, and detecting a cut at every position.</summary>
public sealed class GzipInputTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1000, 7)]
    [InlineData(300_000, 10_000)]
    [InlineData(300_000, 1_000_000)]
    public async Task The_original_data_is_returned_for_any_read_size(int length, int atOnce)
    {
        byte[] bytes = Noise(length);
        await using var input = new GzipInput(new MemoryStream(Compress(bytes, CompressionLevel.Fastest)));

        byte[] decompressed = await ReadAsync(input, atOnce);

        Assert.Equal(bytes, decompressed);
    }

    [Fact]
    public async Task Members_are_returned_one_after_the_other()
    {
        byte[] first = Noise(1000), second = Noise(10);
        byte[] compressed = [.. Compress(first, CompressionLevel.Fastest), .. Compress(second, CompressionLevel.NoCompression)];
        await using var input = new GzipInput(new MemoryStream(compressed));

        byte[] decompressed = await ReadAsync(input, 64);

        Assert.Equal(first.Concat(second), decompressed);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task A_cut_at_any_position_is_detected(CompressionLevel level)
    {
        byte[] compressed = Compress([.. Noise(100), .. new byte[200], .. Noise(100)], level);
        var unseen = new List<int>();
        for (int kept = 1; kept < compressed.Length; kept++)
        {
            await using var input = new GzipInput(new MemoryStream(compressed, 0, kept));
            if (await Record.ExceptionAsync(() => ReadAsync(input, 64)) is not InvalidDataException)
                unseen.Add(kept);
        }

        Assert.Empty(unseen);
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Compress(byte[] bytes, CompressionLevel level)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level))
            gzip.Write(bytes);

        return compressed.ToArray();
    }

    private static async Task<byte[]> ReadAsync(GzipInput input, int atOnce)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[atOnce];
        for (int read; (read = await input.ReadAsync(buffer, Token)) > 0;)
            bytes.Write(buffer.AsSpan(0, read));

        return bytes.ToArray();
    }
}
