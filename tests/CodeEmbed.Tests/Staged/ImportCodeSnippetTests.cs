using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Import-CodeSnippet: the files that it reads, and its errors.</summary>
public sealed class ImportCodeSnippetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ImportCodeSnippetTests() => _session = new ModuleSession(_folder.Path);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_literal_path_is_used_unchanged()
    {
        _folder.WriteLines("in[1].jsonl", InputFiles.Record("a"));

        SessionResult result = _session.Run("Import-CodeSnippet -LiteralPath 'in[1].jsonl' | ForEach-Object Id");

        Assert.Equal(["a"], Ids(result));
    }

    [Theory]
    [InlineData("PSPath")]
    [InlineData("LiteralPath")]
    [InlineData("LP")]
    public void An_object_with_a_path_is_bound_from_the_pipeline_by_property(string property)
    {
        _folder.WriteLines("in[1].jsonl", InputFiles.Record("a"));

        SessionResult result = _session.Run(
            $"[pscustomobject]@{{ {property} = 'in[1].jsonl' }} | Import-CodeSnippet | ForEach-Object Id");

        Assert.Equal(["a"], Ids(result));
    }

    [Fact]
    public void A_missing_file_among_several_does_not_end_the_pipeline()
    {
        _folder.WriteLines("a.jsonl", InputFiles.Record("a"));
        _folder.WriteLines("b.jsonl", InputFiles.Record("b"));

        SessionResult result = _session.Run("Import-CodeSnippet a.jsonl, missing.jsonl, b.jsonl | ForEach-Object Id");

        Assert.Equal(["a", "b"], Ids(result));
        Assert.Null(result.TerminatingMessage);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("FileReadError,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("missing.jsonl", error.TargetObject);
    }

    [Fact]
    public void A_folder_among_several_does_not_end_the_pipeline()
    {
        _folder.WriteLines("a.jsonl", InputFiles.Record("a"));
        Directory.CreateDirectory(_folder.File("b.jsonl"));
        _folder.WriteLines("c.jsonl", InputFiles.Record("c"));

        SessionResult result = _session.Run("Import-CodeSnippet *.jsonl | ForEach-Object Id");

        Assert.Equal(["a", "c"], Ids(result));
        Assert.Equal(_folder.File("b.jsonl"), Assert.Single(result.Errors).TargetObject);
    }

    [Fact]
    public void If_every_file_is_missing_the_last_one_ends_the_pipeline()
    {
        SessionResult result = _session.Run("Import-CodeSnippet missing1.jsonl, missing2.jsonl");

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Contains("'missing2.jsonl'", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("missing1.jsonl", Assert.Single(result.Errors).TargetObject);
    }

    [Fact]
    public void Bad_records_are_skipped_on_request_each_with_its_error()
    {
        string input = _folder.WriteLines(
            "in.jsonl",
            InputFiles.Record("1"),
            "{",
            InputFiles.Record("3"),
            """{"id":"4","file_path":"","language":""}""",
            InputFiles.Record("5"),
            "[]");

        SessionResult result = _session.Run("Import-CodeSnippet in.jsonl -SkipInvalid | ForEach-Object Id");

        Assert.Equal(["1", "3", "5"], Ids(result));
        Assert.Null(result.TerminatingMessage);
        Assert.Equal(
            [("InvalidInputError", $"{input}:2"), ("ValidationError", $"{input}:4"), ("InvalidInputError", $"{input}:6")],
            result.Errors.Select(error => (error.FullyQualifiedErrorId.Split(',')[0], $"{error.TargetObject}")));
        Assert.Contains("'content'", result.Errors[1].Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_encoding_ends_the_reading_even_if_bad_records_are_skipped()
    {
        File.WriteAllText(_folder.File("in.jsonl"), InputFiles.Record("1"), System.Text.Encoding.Unicode);

        SessionResult result = _session.Run("Import-CodeSnippet in.jsonl -SkipInvalid");

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.Contains("UTF-16", result.TerminatingMessage, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(SessionResult result) => result.Output.Select(id => (string)id.BaseObject);
}
