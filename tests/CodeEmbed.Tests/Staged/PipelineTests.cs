using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The main pipeline of the module, in a real engine with the staged module.</summary>
public sealed class PipelineTests : IDisposable
{
    private const string Line = "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -BatchSize $BatchSize -Verbose | "
        + "Export-CodeEmbedding $Out";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(5, 2, new[] { 2, 2, 1 })]
    [InlineData(1, 16, new[] { 1 })]
    [InlineData(3, 100, new[] { 3 })]
    [InlineData(4, 2, new[] { 2, 2 })]
    public void Snippets_are_embedded_in_batches_and_returned_in_order(int snippets, int batchSize, int[] batches)
    {
        SessionResult result = Run(_folder.WriteRecords(snippets), batchSize);

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(batches.Select((size, i) => $"Batch {i + 1}: {size} snippet{(size == 1 ? "" : "s")}"), result.Verbose
            .Where(message => message.StartsWith("Batch", StringComparison.Ordinal)).Select(message => message.Split(',')[0]));
        Assert.Equal(
            Enumerable.Range(1, snippets).Select(number => $"{number}"),
            InputFiles.Column(Out, "id").Select(id => id.GetString()!));
    }

    [Fact]
    public void An_empty_input_produces_an_empty_output()
    {
        SessionResult result = Run(_folder.WriteLines("in.jsonl"), 16);

        Assert.Null(result.TerminatingMessage);
        Assert.Empty(File.ReadAllBytes(Out));
    }

    [Fact]
    public void Everything_in_a_record_is_written_unchanged()
    {
        const string record =
            """{"id":"a","stars":12.50,"file_path":"é.py","language":"python","content":"print(\"日本\")","metadata":{"b":[1"""
            + """,{"c":null}],"a":1E400}""";
        Run(_folder.WriteLines("in.jsonl", record + "}"), 16);

        string line = Assert.Single(File.ReadLines(Out));
        Assert.StartsWith(record + ""","vector":[""", line, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(line);
        Assert.Equal(
            ["vector", "model_name", "precision", "normalized", "token_count", "truncated_tokens", "fingerprint"],
            document.RootElement.EnumerateObject().Select(property => property.Name).Skip(6));
        Assert.Equal("tiny-roberta", document.RootElement.GetProperty("model_name").GetString());
        Assert.Equal("float32", document.RootElement.GetProperty("precision").GetString());
        Assert.True(document.RootElement.GetProperty("normalized").GetBoolean());
    }

    [Fact]
    public void An_output_file_is_itself_a_valid_input()
    {
        Run(_folder.WriteRecords(3), 2);
        string first = File.ReadAllText(Out);

        string input = _folder.File("again.jsonl");
        File.Move(Out, input);

        SessionResult result = Run(input, 2);

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(first, File.ReadAllText(Out));
    }

    [Fact]
    public void A_snippet_can_be_created_from_a_hashtable()
    {
        SessionResult result = _session.Run(
            "[CodeEmbed.CodeSnippet]@{ Id = 'a'; FilePath = 'a.py'; Language = 'python'; Content = 'x = 1'; Metadata = @{ line "
            + "= 3 } } | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding $Out",
            ("Model", Repository.Fixture("tiny-roberta")), ("Out", Out));

        Assert.Null(result.TerminatingMessage);
        Assert.StartsWith(
            """{"id":"a","file_path":"a.py","language":"python","content":"x = 1","metadata":{"line":3},"vector":[""",
            File.ReadAllText(Out),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_are_read_one_after_the_other_and_wildcards_are_resolved()
    {
        _folder.WriteLines("b.jsonl", InputFiles.Record("b"));
        _folder.WriteLines("a.jsonl", InputFiles.Record("a"));
        using var session = new ModuleSession(_folder.Path);

        SessionResult result = session.Run(
            "Import-CodeSnippet *.jsonl | ForEach-Object Id; 'b.jsonl', 'a.jsonl' | Import-CodeSnippet | ForEach-Object Id");

        Assert.Equal(["a", "b", "b", "a"], result.Output.Select(id => (string)id.BaseObject));
    }

    [Fact]
    public void Paths_are_relative_to_the_session_and_not_to_the_process()
    {
        _folder.WriteRecords(1);
        _folder.CopyFolder(Repository.Fixture("tiny-roberta"), "model");
        using var session = new ModuleSession(_folder.Path);

        SessionResult result = session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model model | Export-CodeEmbedding out.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal("model", InputFiles.Column(Out, "model_name").Single().GetString());
    }

    [Fact]
    public void The_bundled_model_is_found_by_name()
    {
        SessionResult result = _session.Run(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding $Out",
            ("In", Repository.SampleInput),
            ("Out", Out));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(
            File.ReadLines(Repository.SampleInput).Count(),
            InputFiles.Column(Out, "vector").Count(vector => vector.GetArrayLength() == 256));
    }

    [Fact]
    public void The_verbose_stream_names_the_loaded_model_and_its_device()
    {
        SessionResult result = Run(_folder.WriteRecords(1), 16);

        Assert.Contains(
            result.Verbose,
            message => message.StartsWith(
                "Model tiny-roberta: 64 dimensions, at most 512 tokens, Float32", StringComparison.Ordinal));
        Assert.Contains(result.Verbose, message => message.StartsWith("Device Cpu: ", StringComparison.Ordinal));
        Assert.Empty(result.Warnings);
    }

    private string Out => _folder.File("out.jsonl");

    private SessionResult Run(string input, int batchSize) => _session.Run(
        Line, ("In", input), ("Model", Repository.Fixture("tiny-roberta")), ("BatchSize", batchSize), ("Out", Out));
}
