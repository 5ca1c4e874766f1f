using System.IO.Compression;
using System.Text;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Export-CodeEmbedding -Append: appends in place, and removes the appended lines if the run fails.</summary>
public sealed class AppendTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public AppendTests()
    {
        _folder.WriteRecords(2);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    [InlineData("out.jsonl.zst")]
    public void Embeddings_are_appended_to_the_existing_ones(string target)
    {
        Export(target);

        SessionResult result = Export($"{target} -Append");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(["1", "2", "1", "2"], Ids(target));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial"));
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    [InlineData("out.jsonl.zst")]
    public void Appended_lines_are_removed_if_the_run_fails(string target)
    {
        Export(target);
        byte[] before = File.ReadAllBytes(_folder.File(target));
        _folder.WriteLines("in.jsonl", InputFiles.Record("3"), InputFiles.Record("4"), InputFiles.Record("5"), "{");

        SessionResult result = Export($"{target} -Append", "-BatchSize 1");

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.Equal(before, File.ReadAllBytes(_folder.File(target)));
    }

    [Fact]
    public void A_missing_file_is_created()
    {
        SessionResult result = Export("new.jsonl -Append");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(["1", "2"], Ids("new.jsonl"));
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    [InlineData("out.jsonl.zst")]
    public void An_unterminated_last_line_is_completed_first(string target)
    {
        Write(target, InputFiles.Record("0"));

        Export($"{target} -Append -AllowMixed");

        Assert.Equal(["0", "1", "2"], Ids(target));
    }

    [Theory]
    [InlineData("-Append")]
    [InlineData("-Append -AllowMixed")]
    public void A_torn_last_line_is_refused_and_left_unchanged(string how)
    {
        File.WriteAllText(_folder.File("out.jsonl"), InputFiles.Record("0")[..^5]);
        string before = File.ReadAllText(_folder.File("out.jsonl"));

        SessionResult result = Export($"out.jsonl {how}");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("not JSON", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_folder.File("out.jsonl")));
    }

    [Theory]
    [InlineData("""{"id":"a","fingerprint":"\ud800"}""", "has the fingerprint")]
    [InlineData("""{"\ud800":1}""", "not an embedding")]
    [InlineData("""["fingerprint","x"]""", "not an embedding")]
    [InlineData("""{"metadata":{"fingerprint":"x"}}""", "not an embedding")]
    [InlineData("""{"fingerprint":"x","fingerprint":7}""", "not an embedding")]
    public void A_last_line_that_is_not_an_embedding_of_the_model_is_refused(string line, string problem)
    {
        File.WriteAllText(_folder.File("out.jsonl"), line + "\n");

        SessionResult result = Export("out.jsonl -Append");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(line + "\n", File.ReadAllText(_folder.File("out.jsonl")));
    }

    [Fact]
    public void A_file_of_one_line_may_start_with_a_byte_order_mark()
    {
        Export("out.jsonl");
        string first = File.ReadLines(_folder.File("out.jsonl")).First();
        File.WriteAllText(_folder.File("out.jsonl"), first + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        SessionResult result = Export("out.jsonl -Append");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(["1", "1", "2"], Ids("out.jsonl"));
    }

    [Theory]
    [InlineData("out.jsonl.gz")]
    [InlineData("out.jsonl.zst")]
    public void Damaged_compressed_data_is_refused_and_left_unchanged(string target)
    {
        Export(target);
        byte[] damaged = File.ReadAllBytes(_folder.File(target))[..^3];
        File.WriteAllBytes(_folder.File(target), damaged);

        SessionResult result = Export($"{target} -Append");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("damaged or cut short", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllBytes(_folder.File(target)));
    }

    [Fact]
    public void A_pipeline_cannot_read_the_file_that_it_appends_to()
    {
        Export("out.jsonl");
        string before = File.ReadAllText(_folder.File("out.jsonl"));

        SessionResult result = _session.Run(
            "Import-CodeSnippet out.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl -Append",
            ("Model", Model));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Equal(before, File.ReadAllText(_folder.File("out.jsonl")));
    }

    [Fact]
    public void A_run_without_embeddings_leaves_the_file_unchanged()
    {
        Export("out.jsonl.gz");
        byte[] before = File.ReadAllBytes(_folder.File("out.jsonl.gz"));
        _folder.WriteLines("in.jsonl");

        SessionResult result = Export("out.jsonl.gz -Append");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(before, File.ReadAllBytes(_folder.File("out.jsonl.gz")));
    }

    [Fact]
    public void A_read_only_file_is_appended_to_with_Force_and_stays_read_only()
    {
        Export("out.jsonl");
        File.SetAttributes(_folder.File("out.jsonl"), FileAttributes.ReadOnly);
        try
        {
            SessionResult refused = Export("out.jsonl -Append"), forced = Export("out.jsonl -Append -Force");

            Assert.Equal("FileWriteError", refused.TerminatingId);
            Assert.Null(forced.TerminatingMessage);
            Assert.Equal(["1", "2", "1", "2"], Ids("out.jsonl"));
            Assert.True(File.GetAttributes(_folder.File("out.jsonl")).HasFlag(FileAttributes.ReadOnly));
        }
        finally
        {
            File.SetAttributes(_folder.File("out.jsonl"), FileAttributes.Normal);
        }
    }

    private static string Model => Repository.Fixture("tiny-roberta");

    private SessionResult Export(string arguments, string embedding = "") => _session.Run(
        $"Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model {embedding} | Export-CodeEmbedding {arguments}",
        ("Model", Model));

    private IEnumerable<string> Ids(string target) =>
        _session.Run("Import-CodeSnippet $Target", ("Target", target)).Output.Select(
            snippet => ((CodeSnippet)snippet.BaseObject).Id);

    private void Write(string target, string text)
    {
        using Stream file = File.Create(_folder.File(target));
        using Stream stream = Path.GetExtension(target) switch
        {
            ".gz" => new GZipStream(file, CompressionLevel.Fastest),
            ".zst" => new ZstandardCodec().Compress(file),
            _ => file,
        };
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }
}
