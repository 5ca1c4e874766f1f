using System.Globalization;
using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The properties of an error that a script can use: its id, category, target and recommended action.</summary>
public sealed class ErrorRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ErrorRecordTests()
    {
        _folder.WriteRecords(1);
        _folder.WriteLines("json.jsonl", InputFiles.Record("1"), "{");
        _folder.WriteLines("field.jsonl", """{"id":"1","file_path":"","language":""}""");
        PoisonedWeights.Write(
            Path.Combine(_folder.CopyFolder(Repository.Fixture("tiny-roberta"), "poisoned"), "model.safetensors"));
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Import-CodeSnippet json.jsonl", "InvalidInputError", ErrorCategory.InvalidData, "json.jsonl:2", "-SkipInvalid")]
    [InlineData("Import-CodeSnippet field.jsonl", "ValidationError", ErrorCategory.InvalidData, "field.jsonl:1", "-PropertyMap")]
    [InlineData("Import-CodeSnippet none.jsonl", "FileReadError", ErrorCategory.ReadError, "none.jsonl", "")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model ./none", "ModelLoadError", ErrorCategory.ResourceUnavailable, "./none", "")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model poisoned -MaxLength 600",
        "ParameterError",
        ErrorCategory.InvalidArgument,
        "600",
        "")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model poisoned",
        "EmbeddingError",
        ErrorCategory.InvalidResult,
        "1",
        "Leave out the snippet")]
    [InlineData("'x' | Export-CodeEmbedding none/out.jsonl", "FileWriteError", ErrorCategory.WriteError, "out.jsonl", "-Force")]
    [InlineData(
        "'x' | Export-CodeEmbedding out.jsonl", "ValidationError", ErrorCategory.InvalidType, "x", "")]
    public void An_error_has_its_id_category_target_and_recommendation(
        string script, string errorId, ErrorCategory category, string target, string action)
    {
        SessionResult result = _session.Run(script);

        ErrorRecord error = Assert.IsType<ErrorRecord>(result.Terminating);
        Assert.Equal(errorId, result.TerminatingId);
        Assert.Equal(category, error.CategoryInfo.Category);
        string name = error.TargetObject is IEnumerable<string> ids ? string.Join(" ", ids) : $"{error.TargetObject}";
        Assert.EndsWith(target, name, StringComparison.Ordinal);
        Assert.Contains(action, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(action.Length == 0, error.ErrorDetails.RecommendedAction.Length == 0);
        Assert.DoesNotContain('\n', error.ErrorDetails.Message);
    }

    // The message says it all.
    [Theory]
    [InlineData("Import-CodeSnippet .")]
    [InlineData("Import-CodeSnippet none*.jsonl")]
    [InlineData("Import-CodeSnippet env:PATH")]
    [InlineData("Import-CodeSnippet binary.jsonl")]
    [InlineData("Find-CodeSnippet x .")]
    [InlineData("'x' | ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding 'o*.jsonl'")]
    [InlineData("'x' | ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding o.npy -VectorEncoding Base64")]
    [InlineData("'x' | ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding o.npy -Append")]
    [InlineData("'x' | ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding in.npy")]
    [InlineData("'x' | ConvertTo-CodeEmbedding codeembed-mini | Export-CodeEmbedding .")]
    [InlineData("Save-CodeEmbeddingModel codeembed-mini")]
    [InlineData("Save-CodeEmbeddingModel 'no name'")]
    public void Nothing_is_recommended_if_it_would_not_help(string script)
    {
        File.WriteAllBytes(_folder.File("binary.jsonl"), [0xFF, 0xD8, 0xFE, 1, 2, 3, (byte)'\n', 0xC8, 0]);

        SessionResult result = _session.Run(script);

        ErrorRecord error = Assert.IsType<ErrorRecord>(result.Terminating ?? result.Errors[0]);
        Assert.Equal(string.Empty, error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Import-CodeSnippet none.jsonl", "Cannot read 'none.jsonl': it does not exist.")]
    [InlineData("Import-CodeSnippet -LiteralPath none.jsonl", "Cannot read 'none.jsonl': it does not exist.")]
    [InlineData("Find-CodeSnippet x none.jsonl", "Cannot read 'none.jsonl': it does not exist.")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding codeembed-mini -ReuseFrom none.jsonl", "Cannot read '{0}none.jsonl': it does not exist.")]
    public void A_missing_file_is_described_in_the_same_words_everywhere(string script, string message)
    {
        SessionResult result = _session.Run(script);

        ErrorRecord error = Assert.IsType<ErrorRecord>(result.Terminating ?? result.Errors[0]);
        Assert.Equal(
            string.Format(CultureInfo.InvariantCulture, message, _folder.Path + Path.DirectorySeparatorChar),
            error.ErrorDetails.Message);
    }

    // The same command would make the same objects again.
    [Theory]
    [InlineData("$all = @({0}); $all[1].Vector[0] = [float]::NaN; $all | Export-CodeEmbedding o.jsonl")]
    [InlineData("@({0})[0], 1 | Export-CodeEmbedding o.jsonl")]
    [InlineData("@({0})[0], $null | Export-CodeEmbedding o.jsonl")]
    [InlineData("& {{ {0}; {0} -Dimensions 32 }} | Export-CodeEmbedding o.db")]
    [InlineData("& {{ {0}; {0} -Dimensions 32 }} | Export-CodeEmbedding o.npy")]
    public void Resuming_is_not_offered_if_it_would_fail_in_the_same_way(string script)
    {
        SessionResult result = _session.Run(string.Format(
            CultureInfo.InvariantCulture, script, "'x', 'y' | ConvertTo-CodeEmbedding -Model codeembed-mini"));

        Assert.Contains(".partial'.", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("-Resume", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Empty(result.Terminating!.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Resuming_is_offered_if_a_bad_line_can_be_corrected()
    {
        _folder.WriteLines("late.jsonl", [.. Enumerable.Range(1, 40).Select(id => InputFiles.Record($"{id}")), "{"]);

        SessionResult result = _session.Run(
            "Import-CodeSnippet late.jsonl | ConvertTo-CodeEmbedding codeembed-mini -BatchSize 1 | Export-CodeEmbedding o.jsonl");

        Assert.EndsWith(
            "o.jsonl.partial'. The same command with -Resume continues it.", result.TerminatingMessage, StringComparison.Ordinal);
    }

    // Neither has a pipeline that a list could have come through.
    [Theory]
    [InlineData("Find-CodeSnippet @('a', 'b') {0}", "A System.Object[] is not a question")]
    [InlineData("Find-CodeSnippet $null {0}", "$null is not a question")]
    [InlineData("Find-CodeSnippet 5 {0}", "A System.Int32 is not a question")]
    [InlineData("Find-CodeSnippet '' {0}", "The question is empty")]
    [InlineData("Compare-CodeEmbedding @([double]::NaN, 1) @(1, 2)", "The embeddings cannot be compared: an array holds a NaN")]
    [InlineData("Compare-CodeEmbedding @(1, 2) @(1, 'x')", "The embeddings cannot be compared: an array holds something that")]
    [InlineData("Compare-CodeEmbedding 1 2", "A System.Int32 is not an embedding")]
    [InlineData("Compare-CodeEmbedding $null @(1, 2)", "$null is not an embedding")]
    public void An_argument_is_not_said_to_have_come_through_the_pipeline(string script, string message)
    {
        SessionResult result = _session.Run(string.Format(CultureInfo.InvariantCulture, script, "json.jsonl"));

        ErrorRecord error = Assert.IsType<ErrorRecord>(result.Terminating ?? result.Errors[0]);
        Assert.StartsWith("ValidationError,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith(message, error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("(pipeline)", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ConvertTo-CodeEmbedding", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Empty(error.ErrorDetails.RecommendedAction);
    }
}
