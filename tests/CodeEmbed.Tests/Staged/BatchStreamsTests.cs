using System.Management.Automation;
using CodeEmbed.Pipeline;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The messages of ConvertTo-CodeEmbedding about a run: information, warnings and progress.</summary>
public sealed class BatchStreamsTests : IDisposable
{
    private const string Line = "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Each_batch_is_a_structured_record_in_the_information_stream()
    {
        SessionResult result = Run($"{Line} -BatchSize 2", _folder.WriteRecords(5));

        BatchReport[] reports =
            [.. result.Information.Select(record => (BatchReport)PSObject.AsPSObject(record.MessageData).BaseObject)];
        CodeEmbedding[] embeddings = [.. result.Output.Select(embedding => (CodeEmbedding)embedding.BaseObject)];
        Assert.All(result.Information, record => Assert.Equal(["CodeEmbed.Batch"], record.Tags));
        Assert.Equal([(1, 2), (2, 2), (3, 1)], reports.Select(report => (report.Number, report.Snippets)));
        Assert.Equal(embeddings.Sum(embedding => embedding.TokenCount), reports.Sum(report => report.Tokens));
        Assert.All(reports, report => Assert.True(report.Duration > TimeSpan.Zero));
    }

    [Fact]
    public void A_batch_record_has_the_same_text_as_the_verbose_line()
    {
        SessionResult result = Run($"{Line} -BatchSize 2 -Verbose", _folder.WriteRecords(5));

        Assert.Equal(
            result.Verbose.Where(line => line.StartsWith("Batch", StringComparison.Ordinal)),
            result.Information.Select(record => $"{record}"));
    }

    [Fact]
    public void Truncated_snippets_cause_one_warning_at_the_end()
    {
        string input = _folder.WriteLines("in.jsonl",
            InputFiles.Record("1"),
            InputFiles.Record("2", Words(700)),
            InputFiles.Record("3"),
            InputFiles.Record("4", Words(600)));

        SessionResult result = Run(Line, input);

        // In the small model's vocabulary ' x' is two tokens; <s> and </s> are two more: 1,402 and 1,202, of which the model saw
        // 512.
        Assert.Equal(
            "Cut to 512 tokens: 2 of 4 snippets. The model did not see 1580 of their tokens. Split long "
            + "code into smaller snippets.",
            Assert.Single(result.Warnings));
    }

    [Fact]
    public void There_is_no_warning_if_no_snippet_was_truncated() => Assert.Empty(Run(Line, _folder.WriteRecords(3)).Warnings);

    [Fact]
    public void Progress_shows_the_finished_fraction_of_the_file()
    {
        SessionResult result = Run($"{Line} -BatchSize 2", _folder.WriteRecords(4));

        // The first batch is always reported: two of four records of the same length.
        ProgressRecord first = result.Progress.First(
            record => record.StatusDescription.StartsWith("2 snippets", StringComparison.Ordinal));
        Assert.Equal(50, first.PercentComplete);
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
        Assert.Single(result.Progress.Select(record => record.ActivityId).Distinct());
    }

    [Fact]
    public void Progress_counts_all_files_that_are_named_together()
    {
        string first = _folder.WriteLines("a.jsonl", InputFiles.Record("a")), second = _folder.WriteLines(
            "b.jsonl", InputFiles.Record("b"));

        SessionResult result = _session.Run(
            "Import-CodeSnippet $A, $B | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1",
            ("A", first),
            ("B", second),
            ("Model", Model));

        ProgressRecord oneDone = result.Progress.First(
            record => record.StatusDescription.StartsWith("1 snippet", StringComparison.Ordinal));
        Assert.Equal(50, oneDone.PercentComplete);
    }

    [Fact]
    public void Progress_shows_no_percentage_if_it_is_unknown()
    {
        SessionResult result = _session.Run(
            "'x = 1', 'x = 2' | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1", ("Model", Model));

        Assert.All(result.Progress, record => Assert.Equal((-1, -1), (record.PercentComplete, record.SecondsRemaining)));
        Assert.NotEmpty(result.Progress);
    }

    [Fact]
    public void Progress_can_be_turned_off() =>
        Assert.Empty(Run($"$ProgressPreference = 'SilentlyContinue'; {Line}", _folder.WriteRecords(3)).Progress);

    [Fact]
    public void Progress_can_be_turned_off_with_the_common_parameter() =>
        Assert.Empty(Run($"{Line} -ProgressAction SilentlyContinue", _folder.WriteRecords(3)).Progress);

    private static string Model => Repository.Fixture("tiny-roberta");

    private static string Words(int count) => string.Concat(Enumerable.Repeat(" x", count));

    private SessionResult Run(string script, string input) => _session.Run(script, ("In", input), ("Model", Model));
}
