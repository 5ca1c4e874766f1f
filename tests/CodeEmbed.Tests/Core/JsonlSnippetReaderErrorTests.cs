using System.IO.Compression;
using System.Text;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Invalid input, and its errors.</summary>
public sealed class JsonlSnippetReaderErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> RequiredFields => ["id", "file_path", "language", "content"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"id":"2", oops}""", "at byte 12: 'oops' is not expected here")]
    [InlineData("""{'id':'2'}""", "single quote")]
    [InlineData("""{"id":NaN}""", "'NaN' is not JSON")]
    [InlineData("""{"id":[1, -Infinity]}""", "'-Infinity' is not JSON")]
    [InlineData("""{"id":None}""", "'None' is not JSON, which has null")]
    [InlineData("""{"id":"2",}""", "a comma before '}'")]
    [InlineData("""{"id":["2",]}""", "a comma before ']'")]
    [InlineData("""{"id" "2"}""", "'\"' is not expected here")]
    [InlineData("""{"id":01}""", "'01' is not expected here")]
    [InlineData("{\"id\":\"a\tb\"}", "the control character U+0009. Write it as '\\t'")]
    [InlineData("{\"id\":\"a\u0001b\"}", "the control character U+0001. Write it as '\\u0001'")]
    [InlineData("""{"id":"C:\x41"}""", "'\\x' is not an escape of JSON")]
    [InlineData("""{"id":"2" // no""", "JSON has no comments")]
    [InlineData("""{"id":"2" """, "the line ends before the record does")]
    [InlineData("""{"id":"2""", "the line ends inside a string")]
    [InlineData("{", "the start of an object of several lines")]
    [InlineData("[", "the start of an array of several lines")]
    [InlineData("id,file_path", "this line starts with 'i'")]
    [InlineData("№ 1", "this line starts with '№'")]
    public async Task Invalid_JSON_is_reported_with_its_position_and_the_unexpected_text(string line, string saw)
    {
        (string path, InvalidInputException error) = await ReadBadLineAsync(line);

        Assert.Equal(new SnippetSource(path, 3), error.Place);
        Assert.StartsWith($"{path}:3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(saw, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_number_that_the_parser_counts_within_the_line_is_not_shown()
    {
        (_, InvalidInputException error) = await ReadBadLineAsync("{oops");

        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "a second record follows on the same line")]
    [InlineData("]", "']' follows the record")]
    [InlineData(",", "there is a comma after the record")]
    [InlineData(", 1", "',' follows the record")]
    [InlineData(" x", "'x' follows the record")]
    public async Task Nothing_may_follow_the_object(string after, string problem)
    {
        (_, InvalidInputException error) = await ReadBadLineAsync(Sample.Line("2") + after);

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_error_for_an_array_of_records_on_one_line_says_what_to_write()
    {
        (_, InvalidInputException error) = await ReadBadLineAsync($"[{Sample.Line("2")},{Sample.Line("3")}]");

        Assert.Contains(
            "this is an array. Write each element of the array on its own line", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_message_of_the_parser_is_not_shown()
    {
        (_, InvalidInputException error) = await ReadBadLineAsync("""{"id":"2",}""");

        Assert.DoesNotContain("reader options", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "an array")]
    [InlineData("\"text\"", "a string")]
    [InlineData("12", "a number")]
    [InlineData("true", "a boolean")]
    [InlineData("false", "a boolean")]
    [InlineData("null", "null")]
    public async Task A_record_that_is_not_an_object_is_reported_with_its_type(string line, string what)
    {
        (_, InvalidInputException error) = await ReadBadLineAsync(line);

        Assert.Contains($"this is {what}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]", "x")]
    [InlineData("{\"a\":", "}", "x")]
    [InlineData("{\"a\":", "}", "metadata")]
    public async Task A_record_of_1025_levels_is_too_deep(string open, string close, string name)
    {
        string nested = string.Concat(Enumerable.Repeat(open, 1024)) + "1" + string.Concat(Enumerable.Repeat(close, 1024));

        (_, InvalidInputException error) = await ReadBadLineAsync(Sample.LineWith($"\"{name}\":{nested}"));

        Assert.Contains("deeper than 1024 levels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xE4, 0x62 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    public async Task Bytes_that_are_not_UTF8_are_reported(byte[] bad)
    {
        string[] around = Sample.Line("2", "|").Split('|');
        byte[] bytes =
        [
            .. Encoding.UTF8.GetBytes(Sample.Line("1") + "\n" + around[0]), .. bad, .. Encoding.UTF8.GetBytes(around[1] + "\n"),
        ];

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes));

        Assert.StartsWith($"{_folder.File("in.jsonl")}:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("not valid UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-32", true)]
    [InlineData("utf-32", false)]
    [InlineData("utf-32BE", true)]
    [InlineData("utf-32BE", false)]
    public async Task UTF32_is_told(string encodingName, bool mark)
    {
        var encoding = Encoding.GetEncoding(encodingName);
        byte[] bytes = [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Sample.Line("1") + "\n")];

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes));

        Assert.Contains("UTF-32", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5d00008000ffffffffffffffff", "LZMA")]
    [InlineData("1e000000000000007b2261223a317d", "safetensors")]
    [InlineData("1f9d90abcdef", "compress")]
    [InlineData("d0cf11e0a1b11ae100000000", "Office")]
    public async Task Binary_data_is_not_mistaken_for_UTF16(string hex, string format)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(
            () => Reading.BytesAsync(_folder, Convert.FromHexString(hex)));

        Assert.Contains(format, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "UTF", error.Message.Replace("UTF-8 text", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"id\",\"content\"", "'\"'")]
    [InlineData("id,content", "'i'")]
    [InlineData("---", "'-'")]
    public async Task A_line_that_does_not_start_an_object_is_reported(string line, string start)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(
            () => Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(line)));

        Assert.Contains($"must be a JSON object, and this line starts with {start}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    public async Task UTF16_is_told(string encodingName, bool mark)
    {
        var encoding = Encoding.GetEncoding(encodingName);
        byte[] bytes = [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(Sample.Line("1") + "\n")];

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes));

        Assert.StartsWith($"{_folder.File("in.jsonl")}:1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("UTF-16", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public async Task A_missing_required_field_is_named(string field)
    {
        await AssertInvalidFieldAsync(RecordWith(field, null), field, "is missing");
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public async Task A_required_field_that_is_null_is_named(string field)
    {
        await AssertInvalidFieldAsync(RecordWith(field, "null"), field, "is null");
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public async Task A_required_field_that_is_not_a_string_is_named(string field)
    {
        await AssertInvalidFieldAsync(RecordWith(field, "1"), field, "is a number");
        await AssertInvalidFieldAsync(RecordWith(field, "[\"a\"]"), field, "is an array");
        await AssertInvalidFieldAsync(RecordWith(field, "{}"), field, "is an object");
        await AssertInvalidFieldAsync(RecordWith(field, "true"), field, "is a boolean");
    }

    [Fact]
    public async Task An_empty_id_is_an_error()
    {
        await AssertInvalidFieldAsync(RecordWith("id", "\"\""), "id", "is empty");
    }

    [Fact]
    public async Task A_bad_field_is_reported_with_the_id_of_its_record()
    {
        string path = _folder.WriteLines("in.jsonl", """{"id":"the id","file_path":"f","language":"l","content":7}""");

        var error = await Assert.ThrowsAsync<SnippetValidationException>(() => Reading.AllAsync(path));

        Assert.Equal("the id", error.SnippetId);
    }

    [Fact]
    public async Task The_records_before_a_bad_one_are_returned()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), Sample.Line("2"), "{", Sample.Line("4"));

        List<string> ids = await IdsUntilFailureAsync<InvalidInputException>(path, error => Assert.Equal(3, error.Place.Line));

        Assert.Equal(["1", "2"], ids);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public async Task A_gz_file_that_is_cut_within_a_line_is_reported_with_the_line(double kept)
    {
        byte[] compressed = GzipOfManyLines();
        string path = await WriteAsync("in.jsonl.gz", compressed.AsMemory(0, (int)(kept * compressed.Length)));
        InvalidInputException? error = null;

        List<string> ids = await IdsUntilFailureAsync<InvalidInputException>(path, caught => error = caught);

        Assert.Equal(new SnippetSource(path, ids.Count + 1), error!.Place);
    }

    [Fact]
    public async Task A_gz_file_that_is_cut_between_two_lines_is_reported()
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // After the flush, the bytes so far decompress to exactly this line.
            gzip.Write(Encoding.UTF8.GetBytes(Sample.Line("1") + "\n"));
            gzip.Flush();
            await WriteAsync("in.gz", compressed.ToArray());
        }

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(_folder.File("in.gz")));

        Assert.Contains("gzip", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public async Task A_gz_file_that_is_cut_within_a_stored_block_is_reported_with_the_line(int behindTheFirstLine)
    {
        byte[] lines = Encoding.UTF8.GetBytes(Sample.Line("1") + "\n" + Sample.Line("2") + "\n");
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(lines);

        // RFC 1951, section 3.2.4: a stored block holds the bytes uncompressed.
        int start = compressed.ToArray().AsSpan().IndexOf(lines);
        int kept = start + (lines.Length / 2) + behindTheFirstLine;
        string path = await WriteAsync("in.gz", compressed.ToArray().AsMemory(0, kept));
        InvalidInputException? error = null;

        List<string> ids = await IdsUntilFailureAsync<InvalidInputException>(path, caught => error = caught);

        Assert.Equal(["1"], ids);
        Assert.Equal(new SnippetSource(path, 2), error!.Place);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_gz_file_with_an_incomplete_trailer_is_reported(int missing)
    {
        // RFC 1952: the CRC-32 and the length, four bytes each.
        byte[] compressed = GzipOfManyLines();
        string path = await WriteAsync("in.gz", compressed.AsMemory(0, compressed.Length - missing));

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(path));

        Assert.Contains("gzip", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gz_file_that_is_cut_within_its_header_is_reported()
    {
        // RFC 1952: the header has ten bytes.
        string path = await WriteAsync("in.gz", GzipOfManyLines().AsMemory(0, 5));

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(path));

        Assert.StartsWith($"{path}:1: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gz_file_whose_checksum_is_wrong_is_reported()
    {
        byte[] compressed = GzipOfManyLines();
        compressed[^8] ^= 1; // RFC 1952: the last eight bytes are the CRC-32 and the length.

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, compressed, "in.gz"));

        Assert.Contains("gzip", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_gz_file_is_reported_with_the_line()
    {
        byte[] compressed = GzipOfManyLines();
        compressed.AsSpan(compressed.Length / 2, 64).Fill(0xFF);
        string path = await WriteAsync("in.gz", compressed);
        InvalidInputException? error = null;

        List<string> ids = await IdsUntilFailureAsync<InvalidInputException>(path, caught => error = caught);

        Assert.Equal(new SnippetSource(path, ids.Count + 1), error!.Place);
    }

    [Fact]
    public async Task A_gz_file_that_is_not_gzip_is_reported()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Sample.Line("1") + "\n");

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes, "in.gz"));

        Assert.StartsWith($"{_folder.File("in.gz")}:1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("gzip", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        string path = _folder.File("missing.jsonl");

        var error = await Assert.ThrowsAsync<FileNotFoundException>(() => Reading.AllAsync(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_a_missing_folder_is_named()
    {
        string path = Path.Combine(_folder.File("missing"), "in.jsonl");

        var error = await Assert.ThrowsAsync<DirectoryNotFoundException>(() => Reading.AllAsync(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static string RecordWith(string field, string? value)
    {
        string[] fields = ["id", "file_path", "language", "content"];
        IEnumerable<string> properties = fields
            .Where(name => name != field || value is not null)
            .Select(name => $"\"{name}\":{(name == field ? value : "\"text\"")}");
        return "{" + string.Join(',', properties) + "}";
    }

    /// <summary>A thousand records that do not compress well.</summary>
    private static byte[] GzipOfManyLines()
    {
        var random = new Random(1);
        byte[] noise = new byte[100];
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            for (int i = 1; i <= 1000; i++)
            {
                random.NextBytes(noise);
                gzip.Write(Encoding.UTF8.GetBytes(Sample.Line($"{i}", Convert.ToHexString(noise)) + "\n"));
            }
        }

        return compressed.ToArray();
    }

    private static async Task<List<string>> IdsUntilFailureAsync<TException>(string path, Action<TException> onFailure)
        where TException : Exception
    {
        var ids = new List<string>();
        var error = await Assert.ThrowsAsync<TException>(async () =>
        {
            await foreach (CodeSnippet snippet in new JsonlSnippetReader(path).ReadAsync(
                TestContext.Current.CancellationToken).ValuesAsync())
                ids.Add(snippet.Id);
        });
        onFailure(error);
        return ids;
    }

    private async Task<string> WriteAsync(string name, ReadOnlyMemory<byte> bytes)
    {
        string path = _folder.File(name);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        return path;
    }

    private async Task<(string Path, InvalidInputException Error)> ReadBadLineAsync(string line)
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), "", line, Sample.Line("3"));
        return (path, await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(path)));
    }

    private async Task AssertInvalidFieldAsync(string line, string field, string problem)
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"), "", line, Sample.Line("3"));

        var error = await Assert.ThrowsAsync<SnippetValidationException>(() => Reading.AllAsync(path));

        Assert.Equal(field, error.Field);
        Assert.Equal(new SnippetSource(path, 3), error.Place);
        Assert.StartsWith($"{path}:3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{field}' {problem}", error.Message, StringComparison.Ordinal);
    }
}
