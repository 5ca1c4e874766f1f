using System.Diagnostics;
using CodeEmbed.Jsonl;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   Zstandard: data survives compression, a cut at any position is detected, and zstd reads the output.
/// </summary>
public sealed class ZstandardTests : IDisposable
{
    private const string Zstd = "/usr/bin/zstd";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1000, 7)]
    [InlineData(300_000, 10_000)]
    [InlineData(3_000_000, 1_000_000)]
    public async Task The_original_data_is_returned_for_any_read_size(int length, int atOnce)
    {
        byte[] bytes = Noise(length);
        await using var input = new ZstandardInput(new MemoryStream(Compress(bytes)));

        Assert.Equal(bytes, await ReadAsync(input, atOnce));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Frames_are_returned_one_after_the_other_however_their_bytes_arrive(int atOnce)
    {
        byte[] first = Noise(1000), second = Noise(10);
        await using var input = new ZstandardInput(new TricklingStream([.. Compress(first), .. Compress(second)], atOnce));

        Assert.Equal(first.Concat(second), await ReadAsync(input, 64));
    }

    [Fact]
    public async Task A_cut_at_any_position_is_detected()
    {
        byte[] compressed = Compress([.. Noise(100), .. new byte[200], .. Noise(100)]);
        for (int kept = 1; kept < compressed.Length; kept++)
        {
            await using var input = new ZstandardInput(new MemoryStream(compressed, 0, kept));

            InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(input, 64));

            Assert.Equal("the Zstandard data is damaged or cut short.", error.Message);
        }
    }

    [Fact]
    public async Task A_change_of_any_byte_is_detected()
    {
        byte[] bytes = [.. Noise(100), .. new byte[200], .. Noise(100)], compressed = Compress(bytes);
        for (int place = 0; place < compressed.Length; place++)
        {
            byte[] changed = [.. compressed];
            changed[place] ^= 0x10;
            await using var input = new ZstandardInput(new MemoryStream(changed));

            // One bit of the header does not affect the content, and may change without harm; otherwise, the checksum detects it.
            byte[]? read = null;
            Exception? error = await Record.ExceptionAsync(async () => read = await ReadAsync(input, 64));

            Assert.True(error is InvalidDataException || bytes.AsSpan().SequenceEqual(read), $"Changed at {place}: {error}");
        }
    }

    [Fact]
    public async Task Without_Zstandard_support_a_file_is_refused_before_anything_is_read_or_written()
    {
        string path = _folder.File("out.jsonl.zst");
        await File.WriteAllBytesAsync(path, Compress([]), Token);

        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await new JsonlSnippetReader(path).ReadAsync(Token).ToListAsync(Token));
        Assert.Throws<NotSupportedException>(() => new JsonlEmbeddingWriter(path));
        Assert.Throws<NotSupportedException>(() => new JsonlEmbeddingWriter(path, new JsonlWriterOptions { Append = true }));

        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task The_reference_program_reads_written_and_appended_files()
    {
        Assert.SkipUnless(File.Exists(Zstd), "zstd is not installed.");
        string target = _folder.File("out.jsonl.zst");
        var options = new JsonlWriterOptions { Append = true, Zstandard = new ZstandardCodec() };
        for (int i = 1; i <= 2; i++)
        {
            await using var writer = new JsonlEmbeddingWriter(target, options);
            await writer.WriteAsync([.. Sample.Snippets(i).Select(snippet => Sample.Embedding(snippet))], Token);
            await writer.CompleteAsync(Token);
        }

        using Process zstd = Process.Start(
            new ProcessStartInfo(Zstd, ["-dc", target]) { RedirectStandardOutput = true })!;
        string lines = await zstd.StandardOutput.ReadToEndAsync(Token);
        await zstd.WaitForExitAsync(Token);

        Assert.Equal(0, zstd.ExitCode);
        await File.WriteAllTextAsync(_folder.File("lines.jsonl"), lines, Token);
        Assert.Equal(["1", "1", "2"], (await Reading.AllAsync(_folder.File("lines.jsonl"))).Select(snippet => snippet.Id));
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Compress(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (Stream stream = new ZstandardCodec().Compress(compressed))
            stream.Write(bytes);

        return compressed.ToArray();
    }

    private static async Task<byte[]> ReadAsync(ZstandardInput input, int atOnce)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[atOnce];
        for (int read; (read = await input.ReadAsync(buffer, Token)) > 0;)
            bytes.Write(buffer.AsSpan(0, read));

        return bytes.ToArray();
    }
}
