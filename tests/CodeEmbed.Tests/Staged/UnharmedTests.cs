using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Mistakes that must not cost a user existing data.</summary>
public sealed class UnharmedTests : IDisposable
{
    private const string Before = "what was there before\n";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public UnharmedTests()
    {
        File.WriteAllText(Out, Before);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Import-CodeSnippet in.jsonl | Export-CodeEmbedding out.jsonl", "A CodeSnippet came through the pipeline")]
    [InlineData(
        "12 | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl",
        "(pipeline):1: A System.Int32 came through the pipeline, and it must be a CodeSnippet")]
    [InlineData(
        "'x', $null | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl",
        "(pipeline):2: $null came through the pipeline, and it must be a CodeSnippet")]
    [InlineData("$null | Export-CodeEmbedding out.jsonl", "$null came through the pipeline, and it must be a CodeEmbedding")]
    public void An_object_of_another_type_ends_the_pipeline(string script, string problem)
    {
        _folder.WriteRecords(1);

        SessionResult result = _session.Run(script, ("Model", Model));

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.StartsWith(problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(Out));
    }

    [Theory]
    [InlineData("no*.jsonl")]
    [InlineData("in[1].jsonl")]
    public void A_path_that_matches_nothing_is_an_error(string path)
    {
        _folder.WriteLines("in[1].jsonl", InputFiles.Record("1"));

        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl",
            ("In", path),
            ("Model", Model));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Contains(path, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(Out));
    }

    [Fact]
    public void The_partial_file_of_an_earlier_run_cannot_be_read_and_written_at_the_same_time()
    {
        string rescued = InputFiles.Record("1") + "\n";
        File.WriteAllText(Out + ".partial", rescued);

        SessionResult result = _session.Run(
            "Import-CodeSnippet out.jsonl.partial | ConvertTo-CodeEmbedding -Model $Model | "
            + "Export-CodeEmbedding out.jsonl -Force", ("Model", Model));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Equal(rescued, File.ReadAllText(Out + ".partial"));
    }

    [Fact]
    public void A_pipeline_with_two_outputs_does_not_replace_its_own_input()
    {
        string input = _folder.WriteRecords(2);
        string before = File.ReadAllText(input);

        SessionResult result = _session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding in.jsonl -PassThru | "
            + "Export-CodeEmbedding two.jsonl",
            ("Model", Model));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Equal(before, File.ReadAllText(input));
    }

    [Fact]
    public void Two_outputs_and_two_embeddings_in_one_pipeline_count_each_record_once()
    {
        _folder.WriteRecords(3);

        SessionResult result = _session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | ConvertTo-CodeEmbedding -Model $Model"
            + " | Export-CodeEmbedding a.jsonl -PassThru | Export-CodeEmbedding b.jsonl -Verbose",
            ("Model", Model));

        Assert.Equal("Records: 3 read, 3 written, 0 rejected.", result.Verbose[^1]);
    }

    [Fact]
    public void A_second_run_to_the_same_target_is_refused()
    {
        using var first = new FileStream(Out + ".partial", FileMode.Create, FileAccess.Write, FileShare.None);

        SessionResult result = Run();

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Equal(Before, File.ReadAllText(Out));
    }

    [Fact]
    public void A_symbolic_link_is_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating a link requires a privilege on Windows.");
        string link = _folder.File("link.jsonl");
        File.CreateSymbolicLink(link, Out);

        SessionResult result = Run("link.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(Out, new FileInfo(link).LinkTarget);
        Assert.Equal("1", InputFiles.Column(Out, "id").Single().GetString());
    }

    [Fact]
    public void The_mode_of_a_replaced_file_is_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no Unix file modes.");
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Out, mode);

        Run();

        Assert.Equal(mode, OperatingSystem.IsWindows() ? mode : File.GetUnixFileMode(Out));
    }

    [Fact]
    public void A_read_only_target_is_a_write_error()
    {
        File.SetAttributes(Out, FileAttributes.ReadOnly);
        try
        {
            SessionResult result = Run();

            Assert.Equal("FileWriteError", result.TerminatingId);
            Assert.Equal(Before, File.ReadAllText(Out));
        }
        finally
        {
            File.SetAttributes(Out, FileAttributes.Normal);
        }
    }

    [Theory]
    [InlineData("$e.Vector[0] = [float]::NaN", "vector")]
    [InlineData("$e.Fingerprint = $null; $e.GetType().GetProperty('Fingerprint').SetValue($e, $null)", "fingerprint")]
    public void An_embedding_that_was_damaged_in_PowerShell_is_not_written(string spoil, string field)
    {
        _folder.WriteRecords(1);

        SessionResult result = _session.Run(
            $"$e = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model; {spoil}; $e | "
            + "Export-CodeEmbedding out.jsonl", ("Model", Model));

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains($"'{field}'", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(Out));
    }

    private static string Model => Repository.Fixture("tiny-roberta");

    private string Out => _folder.File("out.jsonl");

    private SessionResult Run(string target = "out.jsonl")
    {
        _folder.WriteRecords(1);
        return _session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding $Target",
            ("Model", Model),
            ("Target", target));
    }
}
