using System.IO.Compression;
using System.Text;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Valid input.</summary>
public sealed class JsonlSnippetReaderTests : IDisposable
{
    private static readonly UTF8Encoding Utf8WithMark = new(encoderShouldEmitUTF8Identifier: true);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_field_of_a_record_is_read()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder,
            """
            {"id":"the id","file_path":"src/a.py","language":"python","content":"def f():\n\treturn \"ä\"","version":"1.2"
            """
            + ""","git_hash":"abc123","chunk_name":"f","chunk_type":"function","metadata":{"stars":5}}""");

        Assert.Equal("the id", snippet.Id);
        Assert.Equal("src/a.py", snippet.FilePath);
        Assert.Equal("python", snippet.Language);
        Assert.Equal("def f():\n\treturn \"ä\"", snippet.Content);
        Assert.Equal("1.2", snippet.Version);
        Assert.Equal("abc123", snippet.GitHash);
        Assert.Equal("f", snippet.ChunkName);
        Assert.Equal("function", snippet.ChunkType);
        Assert.Equal(5L, snippet.Metadata!["stars"]);
    }

    [Fact]
    public async Task Records_with_the_same_id_are_all_read_and_written()
    {
        List<CodeSnippet> snippets = await Reading.AllAsync(
            _folder.WriteLines("in.jsonl", Sample.Line("1", "x = 1"), Sample.Line("1", "x = 2"), Sample.Line("1", "x = 1")));

        string target = await Writing.FileAsync(_folder, [.. snippets.Select(snippet => Sample.Embedding(snippet, 1))]);

        Assert.Equal(["x = 1", "x = 2", "x = 1"], (await Reading.AllAsync(target)).Select(snippet => snippet.Content));
    }

    [Fact]
    public async Task Fields_may_be_in_any_order_among_unknown_ones()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder,
            """{"content":"c","extra":{"id":"not this"},"language":"l","file_path":"f","more":["id"],"id":"1"}""");

        Assert.Equal("1|f|l|c", $"{snippet.Id}|{snippet.FilePath}|{snippet.Language}|{snippet.Content}");
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","version":null,"git_hash":null,"chunk_name":null,"chunk_type":null,"metadata":null""")]
    public async Task An_optional_field_that_is_missing_or_null_is_null(string optional)
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder, $$"""{"id":"1","file_path":"f","language":"l","content":"c"{{optional}}}""");

        Assert.Equal(
            [null, null, null, null, null],
            new object?[] { snippet.Version, snippet.GitHash, snippet.ChunkName, snippet.ChunkType, snippet.Metadata });
    }

    [Fact]
    public async Task Required_fields_other_than_the_id_may_be_empty()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, """{"id":"1","file_path":"","language":"","content":""}""");

        Assert.Equal(["", "", ""], new[] { snippet.FilePath, snippet.Language, snippet.Content });
    }

    [Fact]
    public async Task Records_are_returned_in_the_order_of_their_lines()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("c"), Sample.Line("a"), Sample.Line("b"));

        Assert.Equal(["c", "a", "b"], (await Reading.AllAsync(path)).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        byte[] bytes = [.. Utf8WithMark.GetPreamble(), .. Encoding.UTF8.GetBytes(Sample.Line("1") + "\n")];

        Assert.Equal("1", Assert.Single(await Reading.BytesAsync(_folder, bytes)).Id);
    }

    [Fact]
    public async Task Lines_may_end_in_CRLF()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Sample.Line("1") + "\r\n" + Sample.Line("2") + "\r\n");

        Assert.Equal(["1", "2"], (await Reading.BytesAsync(_folder, bytes)).Select(snippet => snippet.Id));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task The_last_line_needs_no_end(string lineEnd)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Sample.Line("1") + lineEnd + Sample.Line("2"));

        Assert.Equal(["1", "2"], (await Reading.BytesAsync(_folder, bytes)).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task Spaces_around_a_record_are_skipped()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, " \t" + Sample.Line("1") + "\t ");

        Assert.Equal("1", snippet.Id);
    }

    [Fact]
    public async Task Blank_lines_are_skipped_and_counted()
    {
        string path = _folder.WriteLines("in.jsonl", "", " \t ", Sample.Line("1"), "\r", "", Sample.Line("2"), "");

        Assert.Equal([3L, 6L], (await Reading.AllAsync(path)).Select(snippet => snippet.Source!.Line));
    }

    [Fact]
    public async Task The_source_names_the_file_as_specified()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"));

        Assert.Equal(new SnippetSource(path, 1), Assert.Single(await Reading.AllAsync(path)).Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n\n")]
    [InlineData("   ")]
    [InlineData(" \t\r\n\r\n  \n ")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\r\n")]
    public async Task A_file_without_records_ends_at_once(string text)
    {
        Task<List<CodeSnippet>> reading = Task.Run(
            () => Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

        Assert.Empty(await reading.WaitAsync(HangLimit.Value, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("in.jsonl.gz")]
    [InlineData("IN.GZ")]
    public async Task A_gz_file_is_decompressed(string name)
    {
        byte[] bytes = Gzip(Sample.Line("1") + "\n" + Sample.Line("2") + "\n");

        Assert.Equal(["1", "2"], (await Reading.BytesAsync(_folder, bytes, name)).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_gz_file_with_several_members_is_read_to_the_end()
    {
        byte[] bytes = [.. Gzip(Sample.Line("1") + "\n"), .. Gzip(Sample.Line("2") + "\n")];

        Assert.Equal(["1", "2"], (await Reading.BytesAsync(_folder, bytes, "in.gz")).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task An_empty_gz_file_has_no_records()
    {
        Assert.Empty(await Reading.BytesAsync(_folder, Gzip(""), "in.gz"));
    }

    [Fact]
    public async Task A_property_name_may_be_escaped()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder, """{"\u0069\u0064":"1","file\u005fpath":"f","l\u0061nguage":"l","cont\u0065nt":"c"}""");

        Assert.Equal("1|f|l|c", $"{snippet.Id}|{snippet.FilePath}|{snippet.Language}|{snippet.Content}");
    }

    [Fact]
    public async Task Property_names_differ_by_case()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"ID\":\"2\",\"Content\":3"));

        Assert.Equal("1|x = 1", $"{snippet.Id}|{snippet.Content}");
    }

    [Fact]
    public async Task Every_JSON_escape_is_read()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder, Sample.Line("1", """\" \\ \/ \b \f \n \r \t \u0041 \u00e9 \u00E9 \u0000 \ud83d\ude00 é 😀"""));

        Assert.Equal("\" \\ / \b \f \n \r \t A é é \0 😀 é 😀", snippet.Content);
    }

    [Theory]
    [InlineData("""\ud800""", new[] { 0xD800 })]
    [InlineData("""a\udfffb""", new[] { 'a', 0xDFFF, 'b' })]
    [InlineData("""\uD83D x""", new[] { 0xD83D, ' ', 'x' })]
    [InlineData("""\ude00\ud83d""", new[] { 0xDE00, 0xD83D })]
    [InlineData("""\ud83d\ud83d\ude00""", new[] { 0xD83D, 0xD83D, 0xDE00 })]
    public async Task An_escaped_lone_surrogate_is_preserved(string escaped, int[] expected)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.Line("1", escaped));

        Assert.Equal(expected, snippet.Content.Select(character => (int)character));
    }

    [Theory]
    [InlineData("""\ud800""")]
    [InlineData("""\udc00abcd""")]
    [InlineData("""cont\ud800""")]
    [InlineData("""metadata\ud83d""")]
    public async Task A_lone_surrogate_in_the_name_of_an_unknown_property_is_harmless(string name)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith($"\"{name}\":1"));

        Assert.Equal("1", snippet.Id);
    }

    [Fact]
    public async Task The_last_of_two_properties_with_the_same_name_counts()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder, Sample.LineWith(""" "content":"last","version":"a","version":null,"metadata":{"a":1},"metadata":{"b":2}"""));

        Assert.Equal("last", snippet.Content);
        Assert.Null(snippet.Version);
        Assert.Equal(["b"], snippet.Metadata!.Keys.Cast<string>());
    }

    [Fact]
    public async Task The_first_of_two_properties_with_the_same_name_may_have_another_type()
    {
        CodeSnippet snippet = await Reading.LineAsync(
            _folder,
            """{"id":1,"content":null,"file_path":"f","language":"l","metadata":[],"content":"c","metadata":null,"id":"2"}""");

        Assert.Equal("2|c", $"{snippet.Id}|{snippet.Content}");
        Assert.Null(snippet.Metadata);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task A_record_may_be_1024_levels_deep(string open, string close)
    {
        // The record itself is the first level.
        string nested = Repeat(open, 1023) + "1" + Repeat(close, 1023);

        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith($"\"x\":{nested}"));

        Assert.Equal("1", snippet.Id);
    }

    [Fact]
    public async Task A_file_can_be_read_again()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), Sample.Line("2"));
        var reader = new JsonlSnippetReader(path);

        foreach (int _ in new[] { 1, 2 })
        {
            int count = 0;
            await foreach (CodeSnippet snippet in reader.ReadAsync(TestContext.Current.CancellationToken).ValuesAsync())
                Assert.Equal(++count, snippet.Source!.Line);

            Assert.Equal(2, count);
        }
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static byte[] Gzip(string text)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));

        return compressed.ToArray();
    }
}
