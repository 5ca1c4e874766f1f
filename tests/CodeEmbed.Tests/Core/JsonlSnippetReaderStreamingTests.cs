using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Lines of every length, and reading a file only as needed.</summary>
public sealed class JsonlSnippetReaderStreamingTests : IDisposable
{
    private const int LongestLine = 64 * 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1 << 12)]
    [InlineData(1 << 16)]
    [InlineData(1 << 17)]
    public async Task Lines_that_straddle_a_power_of_two_are_read_whole(int boundary)
    {
        // The second line starts, ends or is split at the boundary.
        string second = Sample.Line("b");
        for (int length = boundary - second.Length - 4; length <= boundary + 4; length++)
        {
            string first = Sample.LineOfLength("a", length);
            string path = _folder.WriteLines("in.jsonl", first, second, Sample.Line("c"));

            List<CodeSnippet> snippets = await Reading.AllAsync(path);

            Assert.Equal(["a", "b", "c"], snippets.Select(snippet => snippet.Id));
            Assert.Equal(length - Sample.Line("a", "").Length, snippets[0].Content.Length);
        }
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_071)]
    [InlineData(131_072)]
    [InlineData(1_000_003)]
    public async Task A_long_line_between_short_ones_is_read_whole(int length)
    {
        string line = Sample.LineOfLength("long", length);
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), line, Sample.Line("3"), line, Sample.Line("5"));

        List<CodeSnippet> snippets = await Reading.AllAsync(path);

        int content = length - Sample.Line("long", "").Length;
        Assert.Equal([5, content, 5, content, 5], snippets.Select(snippet => snippet.Content.Length));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task A_line_of_64_MiB_is_read(string lineEnd)
    {
        string path = WritePaddedLine(LongestLine, lineEnd);

        Assert.Equal(["1", "long", "3"], (await Reading.AllAsync(path)).Select(snippet => snippet.Id));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task A_line_of_one_byte_more_than_64_MiB_is_reported(string lineEnd)
    {
        string path = WritePaddedLine(LongestLine + 1, lineEnd);

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(path));

        Assert.StartsWith($"{path}:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("longer than 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_line_is_reported()
    {
        var reader = new Utf8LineReader(new EndlessStream(), "in.jsonl");

        var error = await Assert.ThrowsAsync<InvalidInputException>(
            async () => await reader.ReadAsync(Token));

        Assert.StartsWith("in.jsonl:1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("longer than 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task Lines_do_not_depend_on_how_the_bytes_arrive(int atOnce)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("\uFEFFfirst\r\n\r\n\nä😀\n\rx\r\r\nlast");
        var reader = new Utf8LineReader(new TricklingStream(bytes, atOnce), "in.jsonl");

        var lines = new List<string>();
        while (await reader.ReadAsync(Token))
            lines.Add($"{reader.LineNumber} {Encoding.UTF8.GetString(reader.Line.Span)}");

        Assert.Equal(["1 first", "2 ", "3 ", "4 ä😀", "5 \rx\r", "6 last"], lines);
    }

    [Fact]
    public async Task A_large_file_is_not_read_ahead()
    {
        string[] lines = [.. Enumerable.Range(1000, 3000).Select(number => Sample.LineOfLength($"{number}", 1023))];
        string path = _folder.WriteLines("in.jsonl", lines);
        await using IAsyncEnumerator<CodeSnippet> snippets =
            new JsonlSnippetReader(path).ReadAsync(Token).ValuesAsync().GetAsyncEnumerator(Token);
        Assert.True(await snippets.MoveNextAsync());

        // Data that is written after the first record was returned is seen, so it had not been read before.
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 2999 * 1024;
            file.Write(Encoding.UTF8.GetBytes(Sample.LineOfLength("last", 1023)));
        }

        string id = snippets.Current.Id;
        while (await snippets.MoveNextAsync())
            id = snippets.Current.Id;

        Assert.Equal("last", id);
    }

    [Fact]
    public async Task A_snippet_that_was_read_is_not_kept_in_memory()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), Sample.Line("2"), Sample.Line("3"));
        await using IAsyncEnumerator<CodeSnippet> snippets =
            new JsonlSnippetReader(path).ReadAsync(Token).ValuesAsync().GetAsyncEnumerator(Token);
        WeakReference first = await NextAsync(snippets);
        Assert.True(await snippets.MoveNextAsync());

        // The stack of the thread that read the record may hold it a moment longer.
        for (int i = 0; i < 500 && first.IsAlive; i++)
        {
            await Task.Delay(10, Token);
            GC.Collect();
        }

        Assert.False(first.IsAlive);
    }

    [Fact]
    public async Task Snippets_keep_their_records_while_reading_continues()
    {
        string[] lines = [.. Enumerable.Range(1000, 3000).Select(id => Sample.LineWith($"\"number\":{id}.50"))];
        List<CodeSnippet> snippets = await Reading.AllAsync(_folder.WriteLines("in.jsonl", lines));

        string target = await Writing.FileAsync(_folder, [.. snippets.Select(snippet => Sample.Embedding(snippet))]);

        string[] written = await File.ReadAllLinesAsync(target, Token);
        Assert.Equal(lines, written.Select(line => line[..line.IndexOf(",\"vector\"", StringComparison.Ordinal)] + "}"));
    }

    [Fact]
    public async Task A_cancelled_token_reads_nothing()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (CodeSnippet snippet in new JsonlSnippetReader(path).ReadAsync(
                new CancellationToken(canceled: true)).ValuesAsync())
                Assert.Fail("A record was returned.");
        });
    }

    [Fact]
    public async Task Cancelling_stops_a_file_that_is_being_read()
    {
        string[] lines = [.. Enumerable.Range(1000, 3000).Select(id => Sample.LineOfLength($"{id}", 1023))];
        string path = _folder.WriteLines("in.jsonl", lines);
        using var stop = new CancellationTokenSource();
        int count = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (CodeSnippet snippet in new JsonlSnippetReader(path).ReadAsync(stop.Token).ValuesAsync())
            {
                count++;
                await stop.CancelAsync();
            }
        });

        Assert.InRange(count, 1, 2999);
    }

    [Theory]
    [InlineData("in.jsonl")]
    [InlineData("in.jsonl.gz")]
    [InlineData("in.jsonl.zst")]
    public async Task A_file_is_closed_when_reading_stops_early(string name)
    {
        string path = _folder.File(name);
        await using (FileStream file = File.Create(path))
        {
            await using Stream stream = Path.GetExtension(name) switch
            {
                ".gz" => new GZipStream(file, CompressionMode.Compress),
                ".zst" => new ZstandardCodec().Compress(file),
                _ => file,
            };
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Sample.Line("1") + "\n" + Sample.Line("2") + "\n"), Token);
        }

        await foreach (CodeSnippet snippet in Reading.Reader(path).ReadAsync(Token).ValuesAsync())
            break;

        // Fails if another handle is open.
        await using FileStream alone = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> NextAsync(IAsyncEnumerator<CodeSnippet> snippets)
    {
        Assert.True(await snippets.MoveNextAsync());
        return new WeakReference(snippets.Current);
    }

    /// <summary>
    ///   Writes a short record, one padded with spaces to this many bytes, and, if that line is terminated, another short one.
    /// </summary>
    private string WritePaddedLine(int length, string lineEnd)
    {
        string path = _folder.File("in.jsonl");
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 20);
        string record = Sample.Line("long");
        file.Write(Sample.Line("1") + "\n" + record);
        string spaces = new(' ', 1 << 20);
        for (int left = length - record.Length; left > 0; left -= spaces.Length)
            file.Write(spaces.AsSpan(0, Math.Min(left, spaces.Length)));

        file.Write(lineEnd.Length == 0 ? "" : lineEnd + Sample.Line("3") + "\n");
        return path;
    }
}
