using System.Text;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   The property <c>windows</c> of a record: it belongs to the output if a snippet was embedded in windows, and otherwise to the
///   input.
/// </summary>
public sealed class WindowsRecordTests : IDisposable
{
    private const string Tail = "\"fingerprint\":\"0123456789abcdef\"}\n";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_number_is_written_before_the_fingerprint()
    {
        string line = await WriteAsync(Of(await Reading.LineAsync(_folder, Sample.Line("1")), windows: 3));

        Assert.EndsWith("\"truncated_tokens\":0,\"windows\":3," + Tail, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_number_is_read_back_and_the_record_is_written_unchanged()
    {
        string line = await WriteAsync(Of(await Reading.LineAsync(_folder, Sample.LineWith("\"x\":1")), windows: 3));

        CodeEmbedding read = await ReadAsync(line);

        Assert.Equal(3, read.Windows);
        Assert.Equal(line, await WriteAsync(read));
    }

    [Fact]
    public async Task A_record_that_is_embedded_again_loses_the_number()
    {
        string line = await WriteAsync(Of(await Reading.LineAsync(_folder, Sample.Line("1")), windows: 3));
        CodeSnippet snippet = await Reading.LineAsync(_folder, line.TrimEnd('\n'));

        string again = await WriteAsync(Of(snippet, windows: null));

        Assert.DoesNotContain("windows", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_with_this_name_is_kept_if_nothing_was_embedded_in_windows()
    {
        string line = await WriteAsync(
            Of(await Reading.LineAsync(_folder, Sample.LineWith("\"windows\":[7],\"x\":1")), windows: null));

        CodeEmbedding read = await ReadAsync(line);

        Assert.StartsWith(Sample.LineWith("\"windows\":[7],\"x\":1")[..^1], line, StringComparison.Ordinal);
        Assert.Null(read.Windows);
        Assert.Equal(line, await WriteAsync(read));
    }

    [Fact]
    public async Task A_property_with_this_name_is_replaced_if_the_snippet_was_embedded_in_windows()
    {
        string line = await WriteAsync(
            Of(await Reading.LineAsync(_folder, Sample.LineWith("\"windows\":[7],\"x\":1")), windows: 2));

        Assert.StartsWith(Sample.LineWith("\"x\":1")[..^1], line, StringComparison.Ordinal);
        Assert.EndsWith("\"windows\":2," + Tail, line, StringComparison.Ordinal);
        Assert.DoesNotContain("[7]", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"2\"", "must be an integer")]
    [InlineData("-1", "is out of range")]
    public async Task An_invalid_value_is_refused_by_name(string value, string problem)
    {
        string line = await WriteAsync(Of(Sample.Snippet("1"), windows: 3));
        string file = _folder.WriteLines("in.jsonl", line.TrimEnd('\n').Replace("\"windows\":3", $"\"windows\":{value}"));

        Outcome<CodeEmbedding> record = await new JsonlEmbeddingReader(file).ReadAsync(Token).SingleAsync(Token);

        SnippetValidationException reason = Assert.IsType<SnippetValidationException>(record.Rejected!.Reason);
        Assert.Equal("windows", reason.Field);
        Assert.Contains(problem, reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_embedding_with_zero_windows_is_not_written() => Assert.Equal(
        "windows",
        (await Assert.ThrowsAsync<SnippetValidationException>(() => WriteAsync(Of(Sample.Snippet("1"), windows: 0)))).Field);

    private async Task<CodeEmbedding> ReadAsync(string line)
    {
        string file = _folder.WriteLines("in.jsonl", line.TrimEnd('\n'));
        return (await new JsonlEmbeddingReader(file).ReadAsync(Token).SingleAsync(Token)).Value!;
    }

    private async Task<string> WriteAsync(CodeEmbedding embedding) =>
        Encoding.UTF8.GetString(await File.ReadAllBytesAsync(await Writing.FileAsync(_folder, embedding), Token));

    private static CodeEmbedding Of(CodeSnippet snippet, int? windows) => new()
    {
        Snippet = snippet,
        Vector = [1],
        ModelName = "tiny",
        Precision = EmbeddingPrecision.Float32,
        Normalized = true,
        TokenCount = 7,
        TruncatedTokens = 0,
        Windows = windows,
        Fingerprint = "0123456789abcdef",
    };
}
