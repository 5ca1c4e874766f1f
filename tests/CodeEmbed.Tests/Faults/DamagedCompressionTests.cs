using System.IO.Compression;
using System.Text;
using CodeEmbed.Tests.Staged;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   A compressed input that is truncated or damaged in the middle: the run ends with the line that it reached, and the output so
///   far is kept.
/// </summary>
public sealed class DamagedCompressionTests : IDisposable
{
    private const int Count = 4000;
    private const string Gzip = "in.jsonl.gz";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public DamagedCompressionTests() => _session = new ModuleSession(_folder.Path);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("in.jsonl.gz", "gzip", "")]
    [InlineData("in.jsonl.gz", "gzip", "-SkipInvalid")]
    [InlineData("in.jsonl.zst", "Zstandard", "")]
    [InlineData("in.jsonl.zst", "Zstandard", "-SkipInvalid")]
    public void The_error_for_a_truncated_file_names_the_last_line_reached(string file, string format, string arguments)
    {
        byte[] compressed = Compress(file);
        Write(file, compressed[..(compressed.Length / 2)]);

        SessionResult result = _session.Run($"Import-CodeSnippet {file} {arguments} | ForEach-Object Id");

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.InRange(result.Output.Count, 1, Count - 1);
        Assert.StartsWith(
            $"{_folder.File(file)}:{result.Output.Count + 1}: the {format} data is damaged or cut short",
            result.TerminatingMessage,
            StringComparison.Ordinal);
        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData("in.jsonl.gz", "gzip")]
    [InlineData("in.jsonl.zst", "Zstandard")]
    public void Damage_in_the_middle_also_ends_the_run_with_an_error(string file, string format)
    {
        // Until decompressing fails, the text after the damage is lines that are not JSON.
        byte[] damaged = Compress(file);
        damaged.AsSpan(damaged.Length / 2, 64).Fill(0xFF);
        Write(file, damaged);

        SessionResult strict = _session.Run($"Import-CodeSnippet {file} | ForEach-Object Id");
        SessionResult skipping = _session.Run($"Import-CodeSnippet {file} -SkipInvalid | ForEach-Object Id");

        Assert.Equal(("InvalidInputError", "InvalidInputError"), (strict.TerminatingId, skipping.TerminatingId));
        Assert.StartsWith(
            $"{_folder.File(file)}:{strict.Output.Count + 1}: ", strict.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains($"the {format} data is damaged or cut short", skipping.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_partial_file_stays_and_is_valid_input_but_a_run_with_a_changed_input_does_not_continue()
    {
        byte[] compressed = Compress(Gzip);
        Write(Gzip, compressed[..(compressed.Length / 2)]);
        SessionResult broken = Run("");
        Write(Gzip, compressed);

        SessionResult resumed = Run("-Resume"), anew = Run("-Force");

        Assert.Equal("InvalidInputError", broken.TerminatingId);
        Assert.Contains("out.jsonl.partial", broken.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("FileWriteError", resumed.TerminatingId);
        Assert.Contains(
            $"'{_folder.File(Gzip)}' had {compressed.Length / 2} bytes and has {compressed.Length}",
            resumed.TerminatingMessage,
            StringComparison.Ordinal);
        Assert.Null(anew.TerminatingMessage);
        Assert.Equal(Count, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    private static byte[] Compress(string file)
    {
        var compressed = new MemoryStream();
        using (Stream stream = file == Gzip
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new ZstandardCodec().Compress(compressed))
            stream.Write(
                Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Range(1, Count).Select(id => InputFiles.Record($"{id}") + "\n"))));

        return compressed.ToArray();
    }

    private void Write(string file, byte[] bytes) => File.WriteAllBytes(_folder.File(file), bytes);

    private SessionResult Run(string arguments) => _session.Run(
        $"Import-CodeSnippet {Gzip} | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl {arguments}",
        ("Model", Repository.Fixture("tiny-roberta")));
}
