using System.IO.Compression;
using System.Text;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   A compressed input that is cut short or damaged in its middle: the run ends with the line it reached, and what it wrote is
///   kept.
/// </summary>
public sealed class DamagedGzipTests : IDisposable
{
    private const int Count = 4000;

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;
    private readonly byte[] _compressed;

    public DamagedGzipTests()
    {
        _session = new ModuleSession(_folder.Path);
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(
                Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Range(1, Count).Select(id => InputFiles.Record($"{id}") + "\n"))));

        _compressed = compressed.ToArray();
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-SkipInvalid")]
    public void Where_it_is_cut_short_the_error_names_the_line_that_was_reached(string arguments)
    {
        Write(_compressed[..(_compressed.Length / 2)]);

        SessionResult result = _session.Run($"Import-CodeSnippet in.jsonl.gz {arguments} | ForEach-Object Id");

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.InRange(result.Output.Count, 1, Count - 1);
        Assert.StartsWith(
            $"{_folder.File("in.jsonl.gz")}:{result.Output.Count + 1}: the gzip data is damaged or cut short",
            result.TerminatingMessage,
            StringComparison.Ordinal);
        Assert.Empty(result.Errors);
    }

    [Fact]
    public void Where_the_middle_is_damaged_the_run_ends_with_an_error_too()
    {
        // Until decompressing fails, the text after the damage is lines that are not JSON.
        byte[] damaged = [.. _compressed];
        damaged.AsSpan(_compressed.Length / 2, 64).Fill(0xFF);
        Write(damaged);

        SessionResult strict = _session.Run("Import-CodeSnippet in.jsonl.gz | ForEach-Object Id");
        SessionResult skipping = _session.Run("Import-CodeSnippet in.jsonl.gz -SkipInvalid | ForEach-Object Id");

        Assert.Equal(("InvalidInputError", "InvalidInputError"), (strict.TerminatingId, skipping.TerminatingId));
        Assert.StartsWith(
            $"{_folder.File("in.jsonl.gz")}:{strict.Output.Count + 1}: ", strict.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("the gzip data is damaged or cut short", skipping.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_partial_file_stays_and_is_an_input_but_a_run_does_not_go_on_where_the_input_has_changed()
    {
        Write(_compressed[..(_compressed.Length / 2)]);
        SessionResult broken = Run("");
        Write(_compressed);

        SessionResult resumed = Run("-Resume"), anew = Run("-Force");

        Assert.Equal("InvalidInputError", broken.TerminatingId);
        Assert.Contains("out.jsonl.partial", broken.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("FileWriteError", resumed.TerminatingId);
        Assert.Contains(
            $"'{_folder.File("in.jsonl.gz")}' had {_compressed.Length / 2} bytes and has {_compressed.Length}",
            resumed.TerminatingMessage,
            StringComparison.Ordinal);
        Assert.Null(anew.TerminatingMessage);
        Assert.Equal(Count, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    private void Write(byte[] bytes) => File.WriteAllBytes(_folder.File("in.jsonl.gz"), bytes);

    private SessionResult Run(string arguments) => _session.Run(
        $"Import-CodeSnippet in.jsonl.gz | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl {arguments}",
        ("Model", Repository.Fixture("tiny-roberta")));
}
