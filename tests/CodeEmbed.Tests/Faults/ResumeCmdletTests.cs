using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>Export-CodeEmbedding -Resume in all kinds of pipelines, with the real engine.</summary>
public sealed class ResumeCmdletTests : IDisposable
{
    private const int Count = 40;
    private const string Import =
        "Import-CodeSnippet in.jsonl | ForEach-Object { if ($_.Id -eq $StopAt) { throw 'interrupted' }; $_ }";
    private const string ImportMapped =
        "Import-CodeSnippet in.jsonl -PropertyMap @{ chunk_name = 'language'; language = { $_.language + 3 }; version = { 'v' }} "
        + "| ForEach-Object { if ($_.Id -eq $StopAt) { throw 'interrupted' }; $_ }";
    private const string Convert = "ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 -Verbose";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ResumeCmdletTests()
    {
        _folder.WriteRecords(Count);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl", true)]
    [InlineData($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl.gz", true)]
    [InlineData($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl.zst", true)]
    [InlineData($"{ImportMapped} | {Convert} | Export-CodeEmbedding out.jsonl", true)]
    [InlineData($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl -ExcludeContent", true)]
    [InlineData($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl -PassThru | ForEach-Object {{ $_ }}", true)]
    [InlineData($"{Import} | Where-Object {{ [int]$_.Id % 3 }} | {Convert} | Export-CodeEmbedding out.jsonl", true)]
    [InlineData($"{Import} | {Convert} | Where-Object {{ [int]$_.Snippet.Id % 3 }} | Export-CodeEmbedding out.jsonl", true)]
    [InlineData($"{Import} | ForEach-Object {{ $_ | {Convert} }} | Export-CodeEmbedding out.jsonl", false)]
    public void A_run_continues_and_the_file_equals_an_uninterrupted_run(string line, bool keeps)
    {
        Run(line, stopAt: null);
        string target = _folder.File(line.Split(' ').First(word => word.StartsWith("out.", StringComparison.Ordinal)));
        byte[] undisturbed = File.ReadAllBytes(target);
        File.Delete(target);
        Assert.Contains("interrupted", Run(line, stopAt: "31").TerminatingMessage, StringComparison.Ordinal);
        int kept = File.ReadLines(target + ".partial").Count();
        Assert.InRange(kept, 1, 30);

        SessionResult result = Run(
            line.Replace("Export-CodeEmbedding", "Export-CodeEmbedding -Resume", StringComparison.Ordinal), stopAt: null);

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(undisturbed, File.ReadAllBytes(target));
        Assert.Equal(
            keeps,
            result.Verbose.Any(message => message.StartsWith("Kept from the interrupted run: ", StringComparison.Ordinal)));
        Assert.Equal(
            [_folder.File("in.jsonl"), target, target + ".model.json"],
            Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_consumer_that_stops_PassThru_early_leaves_a_run_that_can_be_continued()
    {
        string line = $"{Import} | {Convert} | Export-CodeEmbedding out.jsonl -PassThru";

        // Stops the pipeline from inside as Select-Object -First does, which this engine does not have.
        Run(
            $":whole foreach ($once in 1) {{ {line} | ForEach-Object {{ if ($_.Snippet.Id -eq '5') {{ break whole }} }} }}",
            stopAt: null);
        string[] kept = [.. InputFiles.Column(_folder.File("out.jsonl.partial"), "id").Select(id => id.GetString()!)];
        SessionResult result = Run(line + " -Resume", stopAt: null);

        Assert.Equal(["1", "2", "3", "4", "5"], kept);
        Assert.Contains("Kept from the interrupted run: 5 embeddings.", result.Verbose);
        Assert.Equal(
            Enumerable.Range(1, Count).Select(id => $"{id}"),
            result.Output.Select(embedding => ((CodeEmbedding)embedding.BaseObject).Snippet.Id));
    }

    [Fact]
    public void A_pipeline_inside_another_continues_with_its_own_file()
    {
        const string line = $$"""
            {{Import}} |
                ForEach-Object {
                    $_
                    if ($_.Id -eq '3') { Import-CodeSnippet in.jsonl | {{Convert}} | Export-CodeEmbedding inner.jsonl -Resume }
                } |
                {{Convert}} | Export-CodeEmbedding outer.jsonl -Resume
            """;
        Run($"{Import} | {Convert} | Export-CodeEmbedding undisturbed.jsonl", stopAt: null);
        Run($"{Import} | {Convert} | Export-CodeEmbedding inner.jsonl", stopAt: "20");
        Run(line, stopAt: "30");

        SessionResult result = Run(line, stopAt: null);

        Assert.Null(result.TerminatingMessage);
        byte[] undisturbed = File.ReadAllBytes(_folder.File("undisturbed.jsonl"));
        Assert.Equal(undisturbed, File.ReadAllBytes(_folder.File("inner.jsonl")));
        Assert.Equal(undisturbed, File.ReadAllBytes(_folder.File("outer.jsonl")));
    }

    [Fact]
    public void Without_a_partial_file_the_run_starts_normally_and_ends_with_the_counts()
    {
        SessionResult result = Run($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl -Resume -Verbose", stopAt: null);

        Assert.Null(result.TerminatingMessage);
        Assert.Equal($"Records: {Count} read, {Count} written, 0 rejected.", result.Verbose[^1]);
        Assert.DoesNotContain(result.Verbose, message => message.StartsWith("Kept", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-BatchSize 2", "batch_size was '1' and is '2'")]
    [InlineData("-BatchSize 1 -Threads 1", "threads was '2' and is '1'")]
    [InlineData("-BatchSize 1 -MaxLength 5", "max_length was '512' and is '5'")]
    public void A_run_with_other_settings_is_refused_and_the_partial_file_stays(string arguments, string difference)
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "A single processor runs a single thread.");
        Run(
            $"{Import} | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 -Threads 2 | Export-CodeEmbedding out.jsonl",
            stopAt: "31");
        byte[] partial = File.ReadAllBytes(_folder.File("out.jsonl.partial"));
        string threads = arguments.Contains("-Threads", StringComparison.Ordinal) ? "" : "-Threads 2";

        SessionResult result = Run(
            $"{Import} | ConvertTo-CodeEmbedding -Model $Model {arguments} {threads} | Export-CodeEmbedding out.jsonl -Resume",
            stopAt: null);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(difference, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(partial, File.ReadAllBytes(_folder.File("out.jsonl.partial")));
    }

    [Theory]
    [InlineData("{ for ($i = 0; $i -lt $_.Vector.Length; $i++) { $_.Vector[$i] *= 2 }; $_ }")]
    [InlineData("""
        {
            [CodeEmbed.CodeEmbedding]@{
                Snippet = $_.Snippet; Vector = $_.Vector.ForEach({ 2 * $_ }); ModelName = $_.ModelName; Precision = $_.Precision
                Normalized = $_.Normalized; TokenCount = $_.TokenCount; TruncatedTokens = $_.TruncatedTokens
                Fingerprint = $_.Fingerprint
            }
        }
        """)]
    public void Embeddings_that_are_changed_in_the_pipeline_are_not_changed_twice(string change)
    {
        string line = $"{Import} | {Convert} | ForEach-Object {change} | Export-CodeEmbedding out.jsonl";
        Run(line, stopAt: "31");
        byte[] partial = File.ReadAllBytes(_folder.File("out.jsonl.partial"));

        SessionResult result = Run(line + " -Resume", stopAt: null);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("changes embeddings", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("-Force", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(partial, File.ReadAllBytes(_folder.File("out.jsonl.partial")));
    }

    [Fact]
    public void An_invalid_snippet_is_rejected_again_and_does_not_end_a_resumed_run()
    {
        string line = Import.Replace(
            "$_ }", "if ($_.Id -eq '3') { $_.Metadata = @{ script = { 1 } } }; $_ }", StringComparison.Ordinal)
            + $" | {Convert} -SkipFailed | Export-CodeEmbedding out.jsonl";
        Assert.Contains("interrupted", Run(line, stopAt: "31").TerminatingMessage, StringComparison.Ordinal);

        SessionResult result = Run(line + " -Resume", stopAt: null);

        Assert.Null(result.TerminatingMessage);
        Assert.StartsWith("ValidationError", result.Errors.Single().FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(1, Count).Where(id => id != 3).Select(id => $"{id}"),
            InputFiles.Column(_folder.File("out.jsonl"), "id").Select(id => id.GetString()));
    }

    [Fact]
    public void An_error_names_the_partial_file_of_each_output()
    {
        File.AppendAllLines(_folder.File("in.jsonl"), ["{"]);

        SessionResult result = Run(
            $"{Import} | {Convert} | Export-CodeEmbedding a.jsonl -PassThru | Export-CodeEmbedding b.jsonl", stopAt: null);

        Assert.Contains(_folder.File("a.jsonl.partial"), result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(_folder.File("b.jsonl.partial"), result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_model_is_refused()
    {
        string line = $"{Import} | {Convert} | Export-CodeEmbedding out.jsonl";
        Run(line, stopAt: "31");

        SessionResult result = Run(line.Replace("$Model", "codeembed-mini", StringComparison.Ordinal) + " -Resume", stopAt: null);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(
            "model_name was 'tiny-roberta' and is 'codeembed-mini'", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_Resume_or_Force_a_partial_file_is_an_error_that_names_both()
    {
        string line = $"{Import} | {Convert} | Export-CodeEmbedding out.jsonl";
        Run(line, stopAt: "31");
        byte[] partial = File.ReadAllBytes(_folder.File("out.jsonl.partial"));

        SessionResult refused = Run(line, stopAt: null);
        byte[] after = File.ReadAllBytes(_folder.File("out.jsonl.partial"));
        SessionResult forced = Run(line + " -Force", stopAt: null);

        Assert.Equal("FileWriteError", refused.TerminatingId);
        Assert.Contains("-Resume", refused.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("-Force", refused.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(partial, after);
        Assert.Null(forced.TerminatingMessage);
        Assert.DoesNotContain(forced.Verbose, message => message.StartsWith("Kept", StringComparison.Ordinal));
        Assert.Equal(Count, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Fact]
    public void Appending_records_with_another_fingerprint_requires_AllowMixed()
    {
        const string line = "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model -SkipNormalization | "
            + "Export-CodeEmbedding out.jsonl -Append";
        Run($"{Import} | {Convert} | Export-CodeEmbedding out.jsonl", stopAt: null);
        byte[] before = File.ReadAllBytes(_folder.File("out.jsonl"));

        SessionResult refused = Run(line, stopAt: null);
        byte[] after = File.ReadAllBytes(_folder.File("out.jsonl"));
        SessionResult mixed = Run(line + " -AllowMixed", stopAt: null);

        Assert.Equal("FileWriteError", refused.TerminatingId);
        Assert.Contains("-AllowMixed", refused.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(before, after);
        Assert.Null(mixed.TerminatingMessage);
        Assert.Equal(2 * Count, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    private SessionResult Run(string line, string? stopAt) =>
        _session.Run(line, ("Model", Repository.Fixture("tiny-roberta")), ("StopAt", stopAt));
}
