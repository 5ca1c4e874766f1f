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
    [InlineData("Import-CodeSnippet field.jsonl", "ValidationError", ErrorCategory.InvalidData, "field.jsonl:1", "'content'")]
    [InlineData(
        "Import-CodeSnippet none.jsonl", "FileReadError", ErrorCategory.ReadError, "none.jsonl", "Check that the file exists")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model ./none", "ModelLoadError", ErrorCategory.ResourceUnavailable, "./none", "-Model")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model poisoned -MaxLength 600",
        "ParameterError",
        ErrorCategory.InvalidArgument,
        "600",
        "Change -MaxLength")]
    [InlineData(
        "'x' | ConvertTo-CodeEmbedding -Model poisoned",
        "EmbeddingError",
        ErrorCategory.InvalidResult,
        "1",
        "Leave out the snippet")]
    [InlineData("'x' | Export-CodeEmbedding none/out.jsonl", "FileWriteError", ErrorCategory.WriteError, "out.jsonl", "-Force")]
    [InlineData(
        "'x' | Export-CodeEmbedding out.jsonl", "ValidationError", ErrorCategory.InvalidType, "x", "ConvertTo-CodeEmbedding")]
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
        Assert.DoesNotContain('\n', error.ErrorDetails.Message);
    }
}
