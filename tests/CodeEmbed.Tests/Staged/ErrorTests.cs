using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Each documented error: its id, the names in its message, and that existing files are unchanged.</summary>
public sealed class ErrorTests : IDisposable
{
    private const string Before = "what was there before\n";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new();

    public ErrorTests() => File.WriteAllText(Out, Before);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("""{"id":"2", oops}""", "InvalidInputError", "'oops' is not expected here")]
    [InlineData("[1]", "InvalidInputError", "an array")]
    [InlineData("""{"id":"2","file_path":"","language":""}""", "ValidationError", "'content' is missing")]
    [InlineData("""{"id":"2","file_path":"","language":null,"content":""}""", "ValidationError", "'language' is null")]
    [InlineData("""{"id":2,"file_path":"","language":"","content":""}""", "ValidationError", "'id' is a number")]
    [InlineData("""{"id":"","file_path":"","language":"","content":""}""", "ValidationError", "'id' is empty")]
    public void A_bad_record_ends_the_pipeline_and_is_named(string record, string errorId, string problem)
    {
        string input = _folder.WriteLines("in.jsonl", InputFiles.Record("1"), record, InputFiles.Record("3"));

        SessionResult result = Run(input, Repository.Fixture("tiny-roberta"));

        Assert.Equal(errorId, result.TerminatingId);
        Assert.Contains($"{input}:2: ", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
        AssertTargetIsAsItWas(result);
    }

    [Fact]
    public void An_unavailable_model_is_named_and_the_message_says_what_to_do()
    {
        SessionResult result = Run(_folder.WriteRecords(1), "./no-such-model");

        Assert.Equal("ModelLoadError", result.TerminatingId);
        Assert.Contains("'./no-such-model'", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("Give a folder", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("'codeembed-mini'", result.TerminatingMessage, StringComparison.Ordinal);
        AssertTargetIsAsItWas(result);
    }

    [Fact]
    public void A_Hub_model_that_is_not_in_the_cache_is_an_error_offline()
    {
        SessionResult result = _session.Run("'x' | ConvertTo-CodeEmbedding -Model no/such-model -Offline");

        Assert.Equal("ModelLoadError", result.TerminatingId);
        Assert.StartsWith(
            "The model 'no/such-model' cannot be fetched: it is not in the cache",
            result.TerminatingMessage,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_model_the_default_is_requested_by_name()
    {
        SessionResult result = _session.Run("Import-CodeSnippet $In | ConvertTo-CodeEmbedding", ("In", _folder.WriteRecords(1)));

        Assert.Equal("ModelLoadError", result.TerminatingId);
        Assert.Contains("'microsoft/codebert-base'", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_for_a_model_without_weights_names_the_expected_files()
    {
        string model = _folder.CopyFolder(Repository.Fixture("tiny-roberta-bare"), "model");
        File.Delete(Path.Combine(model, "pytorch_model.bin"));

        SessionResult result = Run(_folder.WriteRecords(1), model);

        Assert.Equal("ModelLoadError", result.TerminatingId);
        Assert.Contains("model.safetensors", result.TerminatingMessage, StringComparison.Ordinal);
        AssertTargetIsAsItWas(result);
    }

    [Fact]
    public void An_unavailable_device_is_an_error_and_not_another_device()
    {
        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -Device Cuda",
            ("In", _folder.WriteRecords(1)), ("Model", Repository.Fixture("tiny-roberta")));

        Assert.Equal("ParameterError", result.TerminatingId);
        Assert.Contains("-Device 'Cuda' cannot be used", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(513)]
    public void A_maximum_length_that_the_model_does_not_support_names_the_limits(int maxLength)
    {
        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -MaxLength $MaxLength",
            ("In", _folder.WriteRecords(1)), ("Model", Repository.Fixture("tiny-roberta")), ("MaxLength", maxLength));

        Assert.Equal("ParameterError", result.TerminatingId);
        Assert.Contains("3 to 512 tokens", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_cannot_be_embedded_is_named_with_its_ids()
    {
        string model = _folder.CopyFolder(Repository.Fixture("tiny-roberta"), "model");
        PoisonedWeights.Write(Path.Combine(model, "model.safetensors"));

        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -BatchSize 2 | Export-CodeEmbedding $Out",
            ("In", _folder.WriteRecords(2)), ("Model", model), ("Out", Out));

        Assert.Equal("EmbeddingError", result.TerminatingId);
        Assert.StartsWith(
            "Batch 1 with the snippet '1' and 1 other cannot be embedded: ", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("NaN", result.TerminatingMessage, StringComparison.Ordinal);
        AssertTargetIsAsItWas(result);
    }

    [Fact]
    public void A_missing_file_is_a_read_error_with_its_path()
    {
        string missing = _folder.File("missing.jsonl");

        SessionResult result = Run(missing, Repository.Fixture("tiny-roberta"));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Contains(missing, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(Out));
    }

    [Fact]
    public void A_folder_as_input_is_a_read_error()
    {
        SessionResult result = Run(_folder.Path, Repository.Fixture("tiny-roberta"));

        Assert.Equal("FileReadError", result.TerminatingId);
        Assert.Contains(_folder.Path, result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_output_folder_is_a_write_error_before_anything_is_embedded()
    {
        string target = Path.Combine(_folder.Path, "missing", "out.jsonl");

        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | Export-CodeEmbedding $Target", ("In", "not read"), ("Target", target));

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains(target, result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_is_one_line_without_a_stack_trace()
    {
        SessionResult result = Run(_folder.WriteLines("in.jsonl", "{"), Repository.Fixture("tiny-roberta"));

        Assert.DoesNotContain('\n', result.TerminatingMessage!);
        Assert.DoesNotContain("   at ", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_finished_before_an_error_are_in_the_partial_file_as_whole_lines()
    {
        string[] records = [.. Enumerable.Range(1, 40).Select(number => InputFiles.Record($"{number}"))];
        string input = _folder.WriteLines("in.jsonl", [.. records, "{"]);

        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 | Export-CodeEmbedding $Out",
            ("In", input), ("Model", Repository.Fixture("tiny-roberta")), ("Out", Out));

        AssertTargetIsAsItWas(result, isAnyFinished: true);
        string[] ids = [.. InputFiles.Column(Partial, "id").Select(id => id.GetString()!)];
        Assert.NotEmpty(ids);
        Assert.Equal(Enumerable.Range(1, ids.Length).Select(number => $"{number}"), ids);
    }

    private string Out => _folder.File("out.jsonl");

    private string Partial => Out + ".partial";

    private SessionResult Run(string input, string model) => _session.Run(
        "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding $Out",
        ("In", input),
        ("Model", model),
        ("Out", Out));

    private void AssertTargetIsAsItWas(SessionResult result, bool isAnyFinished = false)
    {
        Assert.Equal(Before, File.ReadAllText(Out));

        // If nothing was finished, there is no partial file, and the error names none.
        Assert.Equal(isAnyFinished, File.Exists(Partial));
        Assert.Equal(isAnyFinished, result.TerminatingMessage!.Contains($"'{Partial}'", StringComparison.Ordinal));
    }
}
