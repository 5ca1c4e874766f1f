using System.IO.Compression;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>
///   The fast reader for files of embeddings returns the same as <see cref="JsonlEmbeddingReader"/>, line by line, and refuses
///   the same lines with the same messages.
/// </summary>
public sealed class JsonlVectorSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("the usual order", """{"id":"2","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("white space", """ { "id" : "2" , "file_path":"a","language":"c", "content":"x" ,V } """)]
    [InlineData("escapes in strings", """{"id":"\"\\2","file_path":"\u0061\/","language":"\ud800","content":"\b\f\n\r\t",V}""")]
    [InlineData("other properties", """{"id":"2","file_path":"a","language":"c","content":"x","y":[1,{"z":[]}],"t":true,V}""")]
    [InlineData("a number", """{"n":-1e5,"id":"2","file_path":"a","language":"c","content":"x",V,"m":7}""")]
    [InlineData("a digest for the content", """{"id":"2","file_path":"a","language":"c","content_sha256":"00",V}""")]
    [InlineData("a name twice", """{"id":"1","id":"2","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("an escaped name", """{"\u0069d":"2","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("the vector twice", """{"id":"2","file_path":"a","language":"c","content":"x","vector":[9,9,9],V}""")]
    [InlineData("no id", """{"file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("an empty id", """{"id":"","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("an id that is a number", """{"id":2,"file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("no content", """{"id":"2","file_path":"a","language":"c",V}""")]
    [InlineData("no vector", """{"id":"2","file_path":"a","language":"c","content":"x"}""")]
    [InlineData("an array", """[1,2]""")]
    [InlineData("a torn line", """{"id":"2","file_path":"a","language":"c","content":"x","vector":[0.1,0.""")]
    [InlineData("a comma too many", """{"id":"2","file_path":"a","language":"c","content":"x",V,}""")]
    [InlineData("a second record", """{"id":"2","file_path":"a","language":"c","content":"x",V}{}""")]
    [InlineData("a control character", "{\"id\":\"2\u0001\",\"file_path\":\"a\",\"language\":\"c\",\"content\":\"x\",V}")]
    [InlineData("a wrong escape", """{"id":"\x","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("a wrong code", """{"id":"\u00g1","file_path":"a","language":"c","content":"x",V}""")]
    [InlineData("NaN", """{"id":"2","file_path":"a","language":"c","content":"x","y":NaN,V}""")]
    public Task A_line_is_accepted_or_refused_as_by_the_reader(string form, string line)
    {
        Assert.NotEmpty(form);
        return AssertSameAsReaderAsync(line.Replace("V", Made("[0.25,-1e-3,2]"), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[0.25, -1e-3 ,\t2]")]
    [InlineData("[0.25,-1e-3,\"2\"]")]
    [InlineData("[0.25,-1e-3,02]")]
    [InlineData("[0.25,-1e-3,1e39]")]
    [InlineData("[0.25,-1e-3,null]")]
    [InlineData("[0.25,-1e-3,2,]")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"AAAA\"")]
    public Task A_vector_is_accepted_or_refused_as_by_the_reader(string vector) =>
        AssertSameAsReaderAsync($$"""{"id":"2","file_path":"a","language":"c","content":"x",{{Made(vector)}}}""");

    [Theory]
    [InlineData("\"precision\":\"float32\"", "\"precision\":\"int8\"")]
    [InlineData("\"precision\":\"float32\"", "\"precision\":\"other\"")]
    [InlineData("\"normalized\":true", "\"normalized\":0")]
    [InlineData("\"token_count\":7", "\"token_count\":-7")]
    [InlineData("\"token_count\":7", "\"token_count\":7e0")]
    [InlineData("\"token_count\":7", "\"token_count\":07")]
    [InlineData("\"token_count\":7", "\"token_count\":2147483647")]
    [InlineData("\"truncated_tokens\":0", "\"truncated_tokens\":3000000000")]
    [InlineData("\"model_name\":\"m\"", "\"model_name\":null")]
    public Task Model_properties_are_accepted_or_refused_as_by_the_reader(string right, string wrong) => AssertSameAsReaderAsync(
        $$"""{"id":"2","file_path":"a","language":"c","content":"x",{{Made("[1,2,3]")}}}""".Replace(
            right, wrong, StringComparison.Ordinal));

    [Fact]
    public async Task Damaged_lines_are_accepted_or_refused_as_by_the_reader()
    {
        var random = new Random(3);
        byte[] valid = Encoding.UTF8.GetBytes(Line(2, "[0.25,-0.001,2]"));

        // The first character is kept, because a bracket there would make the whole file an array.
        var lines = new List<byte[]>();
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. valid];
            for (int j = random.Next(1, 3); j > 0; j--)
                damaged[random.Next(1, damaged.Length)] = (byte)"\"{}[],:\\0e-. x\u00e9\u0001"[random.Next(15)];

            lines.Add(damaged);
        }

        await AssertSameAsReaderAsync([.. lines]);
    }

    [Fact]
    public async Task An_array_is_refused_by_name()
    {
        string path = _folder.WriteLines("index.json", $"[{Line(1, "[1,2,3]")}]");

        IndexException error = await Assert.ThrowsAsync<IndexException>(
            () => new JsonlVectorSource(path).DescribeAsync(Token).AsTask());

        Assert.Contains("it is a JSON array, and only JSON Lines can be searched", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_around_records_is_skipped()
    {
        byte[] bytes =
        [
            .. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(Line(1, "[1,2,3]")), .. "\r\n\r\n  \n"u8, 0, 0,
            .. Encoding.UTF8.GetBytes(Line(4, "[4,5,6]")), 0, .. "\n"u8, .. "\uFEFF"u8,
            .. Encoding.UTF8.GetBytes(Line(5, "[7,8,9]")),
        ];
        string path = _folder.File("index.jsonl");
        await File.WriteAllBytesAsync(path, bytes, Token);

        (List<(long Line, string Vector)> read, List<string> rejected) = await ReadAsync(new JsonlVectorSource(path));

        Assert.Empty(rejected);
        Assert.Equal([(1, "1 2 3"), (4, "4 5 6"), (5, "7 8 9")], read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Lines_keep_their_order_and_numbers_over_many_blocks(int threads)
    {
        // About 5 MB, in blocks of 1 MiB.
        string path = _folder.WriteLines(
            "index.jsonl",
            [.. Enumerable.Range(1, 4000).Select(i => Line(i, $"[{i},{i + 1},0.5]", new string('x', 700 + (i % 900))))]);

        (List<(long Line, string Vector)> read, List<string> rejected) =
            await ReadAsync(new JsonlVectorSource(path) { Threads = threads });

        Assert.Empty(rejected);
        Assert.Equal(Enumerable.Range(1, 4000).Select(i => ((long)i, $"{i} {i + 1} 0.5")), read);
    }

    [Fact]
    public async Task A_line_that_is_longer_than_a_block_is_read_and_one_that_is_too_long_is_refused()
    {
        const int TooLong = (64 * 1024 * 1024) + 1000;
        string path = _folder.WriteLines(
            "index.jsonl",
            Line(1, "[1,2,3]"),
            Line(2, "[2,3,4]", new string('x', 5_000_000)),
            Line(3, "[3,4,5]", new string('x', TooLong)),
            Line(4, "[4,5,6]"));

        (List<(long Line, string Vector)> read, List<string> rejected) = await ReadAsync(new JsonlVectorSource(path));

        Assert.Equal([(1, "1 2 3"), (2, "2 3 4"), (4, "4 5 6")], read);
        Assert.Equal($"{path}:3: the line is longer than 64 MiB.", Assert.Single(rejected));
    }

    [Fact]
    public async Task A_compressed_file_is_read_and_has_no_version()
    {
        string path = _folder.File("index.jsonl.gz");
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Line(1, "[1,2,3]") + "\n" + Line(2, "[4,5,6]") + "\n"), Token);

        var source = new JsonlVectorSource(path);

        Assert.Equal([(1, "1 2 3"), (2, "4 5 6")], (await ReadAsync(source)).Read);
        Assert.Null(source.ReadVersion());
    }

    [Fact]
    public async Task A_vector_with_another_length_is_refused_with_both_lengths()
    {
        string path = _folder.WriteLines("index.jsonl", Line(1, "[1,2,3]"), Line(2, "[1,2]"), Line(3, "[4,5,6]"));

        (List<(long Line, string Vector)> read, List<string> rejected) = await ReadAsync(new JsonlVectorSource(path));

        Assert.Equal([(1, "1 2 3"), (3, "4 5 6")], read);
        Assert.Equal(
            $"{path}:2: the field 'vector' has 2 numbers, and that of the first record has 3.", Assert.Single(rejected));
    }

    [Fact]
    public async Task A_mixed_file_is_refused_with_both_models_and_the_line()
    {
        string path = _folder.WriteLines(
            "index.jsonl", Line(1, "[1,2,3]"), Line(2, "[1,2,3]").Replace("00ff", "00ee", StringComparison.Ordinal));

        IndexException error = await Assert.ThrowsAsync<IndexException>(() => ReadAsync(new JsonlVectorSource(path)));

        Assert.Contains("'m' with the fingerprint 00ff", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2 by 'm' with the fingerprint 00ee", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_valid_record_determines_the_model()
    {
        string path = _folder.WriteLines("index.jsonl", "{}", Line(2, "[1,2,3]"));

        Assert.Equal(
            new VectorOrigin("m", "00ff", 3, EmbeddingPrecision.Float32, Normalized: true),
            await new JsonlVectorSource(path).DescribeAsync(Token));
    }

    [Fact]
    public async Task An_empty_file_has_no_vectors_and_a_file_of_snippets_is_an_error()
    {
        Assert.Null(await new JsonlVectorSource(_folder.WriteLines("empty.jsonl")).DescribeAsync(Token));

        string path = _folder.WriteLines("snippets.jsonl", Sample.Line("1"), Sample.Line("2"));
        SnippetValidationException error = await Assert.ThrowsAsync<SnippetValidationException>(
            () => new JsonlVectorSource(path).DescribeAsync(Token).AsTask());
        Assert.Contains("snippets.jsonl:1: the field 'vector' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_kept_for_later_are_read_from_the_file_while_it_is_unchanged()
    {
        string path = _folder.WriteLines("index.jsonl", Line(1, "[1,2,3]"), Line(2, "[4,5,6]"));
        var records = new List<VectorRecord>();
        await foreach (VectorBlock block in new JsonlVectorSource(path).ReadAsync(Token))
            records.AddRange(Enumerable.Range(0, block.Count).Select(block.ReferenceAt));

        float[] vector = (await records[1].ReadAsync(Token)).Vector;
        Assert.Equal<float>([4, 5, 6], vector);
        await File.AppendAllTextAsync(path, "\n", Token);
        await Assert.ThrowsAsync<IOException>(() => records[1].ReadAsync(Token).AsTask());
    }

    private static string Made(string vector) =>
        $"\"vector\":{vector},\"model_name\":\"m\",\"precision\":\"float32\",\"normalized\":true,\"token_count\":7,"
        + "\"truncated_tokens\":0,\"fingerprint\":\"00ff\"";

    private static string Line(int id, string vector, string content = "x") =>
        $$"""{"id":"{{id}}","file_path":"a","language":"c","content":"{{content}}",{{Made(vector)}}}""";

    private Task AssertSameAsReaderAsync(string line) => AssertSameAsReaderAsync(Encoding.UTF8.GetBytes(line));

    private async Task AssertSameAsReaderAsync(params byte[][] lines)
    {
        string path = _folder.File("index.jsonl");
        List<(long Line, string Vector)> expected = [];
        List<string> expectedRejected = [];
        List<byte[]> written = [Encoding.UTF8.GetBytes(Line(1, "[1,2,3]"))];

        // Records with another model or another length are handled separately.
        foreach (byte[] line in lines)
        {
            string one = _folder.File("one.jsonl");
            await File.WriteAllBytesAsync(one, line, Token);
            await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(one).ReadAsync(Token))
            {
                if (record.IsRejected || (record.Value.Fingerprint == "00ff" && record.Value.Vector.Length == 3))
                    written.Add(line);
            }
        }

        await File.WriteAllBytesAsync(path, [.. written.SelectMany(line => line.Append((byte)'\n'))], Token);
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(path).ReadAsync(Token))
        {
            if (record.IsRejected)
                expectedRejected.Add(record.Rejected.Reason.Message);
            else
                expected.Add((record.Value.Snippet.Source!.Line, Text(record.Value.Vector)));
        }

        (List<(long Line, string Vector)> read, List<string> rejected) = await ReadAsync(new JsonlVectorSource(path));

        Assert.Equal(expected, read);
        Assert.Equal(expectedRejected, rejected);
        Assert.Equal(written.Count, read.Count + rejected.Count);
    }

    private static async Task<(List<(long Line, string Vector)> Read, List<string> Rejected)> ReadAsync(JsonlVectorSource source)
    {
        var read = new List<(long Line, string Vector)>();
        var rejected = new List<string>();
        await foreach (VectorBlock block in source.ReadAsync(Token))
        {
            rejected.AddRange(block.Rejected.Select(record => record.Reason.Message));
            for (int i = 0; i < block.Count; i++)
                read.Add((block.RecordAt(i).Place.Line, Text(block.VectorAt(i))));
        }

        return (read, rejected);
    }

    private static string Text(ReadOnlySpan<float> vector) =>
        string.Join(' ', vector.ToArray().Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
