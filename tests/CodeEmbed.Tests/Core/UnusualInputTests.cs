using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   Files as other programs write them. They are read if their meaning is clear; otherwise, the error says what the file is. The
///   files were created by Python's gzip, xz, bzip2, zip and pyarrow, and by zstd 1.5.4.
/// </summary>
public sealed class UnusualInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bommid.jsonl", "r0", "r1", "r2")]
    [InlineData("two-marks.jsonl", "a", "a")]
    [InlineData("zeropad.jsonl.gz", "r0", "r1", "r2")]
    [InlineData("zeropad1.jsonl.gz", "r0", "r1", "r2")]
    [InlineData("zeropad.jsonl.zst", "r0", "r1", "r2")]
    [InlineData("frames.jsonl.zst", "r0", "r1", "r2")]
    [InlineData("ok.jsonl.zst", "r0", "r1", "r2")]
    [InlineData("array1.json", "r0", "r1", "r2")]
    [InlineData("arraypretty.json", "r0", "r1", "r2")]
    public async Task Is_read(string file, params string[] ids) =>
        Assert.Equal(ids, (await Reading.AllAsync(Fixture(file))).Select(snippet => snippet.Id));

    [Theory]
    [InlineData("gzinside.jsonl", "the file is gzip data. Give it a name that ends in .gz")]
    [InlineData("double.jsonl.gz", "the file is compressed twice")]
    [InlineData("zstinside.jsonl", "the file is Zstandard data. Give it a name that ends in .zst")]
    [InlineData("double.jsonl.zst", "the file is compressed twice. Decompress it once with zstd -d.")]
    [InlineData("long.jsonl.zst", "needs more than 128 MiB of memory to decompress")]
    [InlineData("dictionary.jsonl.zst", "was compressed with a dictionary")]
    [InlineData("ok.jsonl.xz", "xz data")]
    [InlineData("ok.jsonl.bz2", "bzip2 data")]
    [InlineData("ok.jsonl.zip", "a zip archive")]
    [InlineData("parquet.jsonl", "a Parquet file")]
    [InlineData("lfs.jsonl", "a pointer that Git LFS left")]
    [InlineData("pretty.json", "this is the start of an object of several lines. Write one whole record on each line.")]
    public async Task The_format_is_named(string file, string problem)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(Fixture(file)));

        Assert.Equal(new SnippetSource(Fixture(file), 1), error.Place);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ok.jsonl.zst", "Zstandard data")]
    [InlineData("ok.jsonl.zip", "a zip archive")]
    [InlineData("pretty.json", "take the .gz from its name")]
    public async Task The_format_is_named_for_a_file_with_the_name_of_a_gzip_file(string file, string problem)
    {
        File.Copy(Fixture(file), _folder.File("in.jsonl.gz"));

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.AllAsync(_folder.File("in.jsonl.gz")));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ok.jsonl.gz", "gzip data")]
    [InlineData("ok.jsonl.zip", "a zip archive")]
    [InlineData("pretty.json", "take the .zst from its name")]
    public async Task The_format_is_named_for_a_file_with_the_name_of_a_Zstandard_file(string file, string problem)
    {
        byte[] bytes = await File.ReadAllBytesAsync(
            Fixture(file == "ok.jsonl.gz" ? "gzinside.jsonl" : file), TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes, "in.jsonl.zst"));

        Assert.Contains(
            "the name of the file ends in .zst, and it is not Zstandard data", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage.jsonl.gz", "the gzip data is whole, but other bytes follow it")]
    [InlineData("garbage.jsonl.zst", "the Zstandard data is whole, but other bytes follow it")]
    public async Task Lines_before_uncompressed_bytes_are_read_and_the_error_says_that_they_are_complete(
        string file, string problem)
    {
        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(Fixture(file));

        Assert.Equal(["r0", "r1", "r2"], records.Select(record => record.Value!.Id));
        Assert.Equal(4, error!.Place.Line);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_HTML_page_is_reported_as_such() => Assert.Contains(
        "the file is an HTML page", (await FailAsync("\n <!DOCTYPE html>\n<html></html>\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{0}\r{1}\r{2}")]
    [InlineData("{0}\r{1}\r{2}\r")]
    [InlineData("{0}\r\r\n{1}\r\r\n{2}\r\r\n")]
    [InlineData("{0}\n\0\0\0{1}\n{2}\0\0\0\0")]
    [InlineData("{0}\n{1}\n{2}\n\0\0\0\0\0\0")]
    [InlineData("\uFEFF{0}\n\uFEFF{1}\n\uFEFF\n{2}")]
    public async Task Line_ends_NULs_and_marks_from_other_programs_are_skipped(string format)
    {
        string text = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, format, Sample.Line("1"), Sample.Line("2"), Sample.Line("3"));

        List<CodeSnippet> snippets = await Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(text));

        Assert.Equal(["1", "2", "3"], snippets.Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_CR_inside_a_record_does_not_end_its_line()
    {
        string record = "{\"id\":\"1\",\r\"file_path\":\"f\",\"language\":\"l\",\r\"content\":\"c\",\"metadata\":{\r}\r}";

        CodeSnippet snippet = await Reading.LineAsync(_folder, record);

        Assert.Equal("c", snippet.Content);
    }

    [Theory]
    [InlineData("\"version\":2")]
    [InlineData("\"git_hash\":[]")]
    [InlineData("\"chunk_name\":{\"a\":1}")]
    [InlineData("\"chunk_type\":true")]
    [InlineData("\"metadata\":\"{}\"")]
    [InlineData("\"metadata\":[{}]")]
    [InlineData("\"metadata\":1.50")]
    public async Task An_optional_field_with_another_type_is_null_and_is_written_unchanged(string property)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith(property));

        Assert.Equal(
            [null, null, null, null, null],
            new object?[] { snippet.Version, snippet.GitHash, snippet.ChunkName, snippet.ChunkType, snippet.Metadata });
        string target = await Writing.FileAsync(_folder, Sample.Embedding(snippet));
        Assert.StartsWith(
            Sample.LineWith(property)[..^1] + ",\"vector\":",
            await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_the_only_one_lost()
    {
        string path = _folder.WriteLines(
            "in.jsonl", Sample.Line("1"), Sample.LineOfLength("2", 65 * 1024 * 1024), Sample.Line("3"), "oops", Sample.Line("5"));

        List<Outcome<CodeSnippet>> records = await new JsonlSnippetReader(path)
            .ReadAsync(TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["1:1", null, "3:3", null, "5:5"],
            records.Select(record => record.IsRejected ? null : $"{record.Value.Id}:{record.Value.Source!.Line}"));
        RejectedRecord[] rejected = [.. records.Select(record => record.Rejected).OfType<RejectedRecord>()];
        Assert.Equal([2L, 4L], rejected.Select(record => record.Source!.Line));
        Assert.Contains("longer than 64 MiB", rejected[0].Reason.Message, StringComparison.Ordinal);
        Assert.True(rejected[0].Record.IsEmpty);
    }

    [Fact]
    public async Task A_last_line_that_is_too_long_is_the_only_one_lost()
    {
        string path = _folder.WriteLines("in.jsonl", Sample.Line("1"));
        await File.AppendAllTextAsync(path, Sample.LineOfLength("2", 65 * 1024 * 1024), TestContext.Current.CancellationToken);

        List<Outcome<CodeSnippet>> records = await new JsonlSnippetReader(path)
            .ReadAsync(TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([null, 2L], records.Select(record => record.Rejected?.Source!.Line));
    }

    private static string Fixture(string file) => Path.Combine(Repository.Fixtures, "inputs", file);

    private Task<InvalidInputException> FailAsync(string text) =>
        Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(text)));
}
