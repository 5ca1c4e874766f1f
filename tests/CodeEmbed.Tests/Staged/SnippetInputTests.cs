using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The input that ConvertTo-CodeEmbedding accepts besides snippets.</summary>
public sealed class SnippetInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public SnippetInputTests() => _session = new ModuleSession(_folder.Path);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("[pscustomobject]@{ id = 'a'; stars = 3; file_path = 'f'; language = 'l'; content = 'c'; chunk_name = 'n' }")]
    [InlineData("[pscustomobject]@{ Id = 'a'; stars = 3; FilePath = 'f'; Language = 'l'; Content = 'c'; ChunkName = 'n' }")]
    [InlineData(
        "[pscustomobject]@{ Id = 'a'; stars = 3; FilePath = 'f'; Language = 'l'; Content = 'c'; ChunkName = 'n'; Source = "
        + "[CodeEmbed.SnippetSource]::new('f', 1) }")]
    [InlineData("[ordered]@{ Id = 'a'; stars = 3; file_path = 'f'; LANGUAGE = 'l'; content = 'c'; chunkName = 'n' }")]
    public void An_object_with_the_properties_of_a_record_is_written_as_that_record(string input)
    {
        SessionResult result = Run(input);

        Assert.Null(result.TerminatingMessage);
        Assert.StartsWith(
            """{"id":"a","stars":3,"file_path":"f","language":"l","content":"c","chunk_name":"n","vector":[""",
            File.ReadAllText(Out),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Strings_become_the_content_of_snippets_with_numbers_as_ids()
    {
        SessionResult result = Run("'x = 1', 'x = 2'");

        Assert.Null(result.TerminatingMessage);
        string[] lines = File.ReadAllLines(Out);
        Assert.StartsWith(
            """{"id":"1","file_path":"","language":"","content":"x = 1","vector":[""", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(
            """{"id":"2","file_path":"","language":"","content":"x = 2","vector":[""", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedding_is_embedded_again()
    {
        SessionResult result = _session.Run(
            "'x = 1' | ConvertTo-CodeEmbedding -Model $Model | ConvertTo-CodeEmbedding -Model $Model", ("Model", Model));

        Assert.Equal("x = 1", ((CodeEmbedding)result.Output.Single().BaseObject).Snippet.Content);
    }

    [Fact]
    public void An_array_that_is_not_enumerated_is_an_error()
    {
        SessionResult result = _session.Run("ConvertTo-CodeEmbedding -InputObject 'x', 'y' -Model $Model", ("Model", Model));

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.StartsWith(
            "(pipeline):1: A System.Object[] came through the pipeline", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_gives_the_same_vector_as_its_record_in_a_file()
    {
        _folder.WriteLines("in.jsonl", """{"id":"a","file_path":"f","language":"l","content":"def f(): pass"}""");

        SessionResult result = _session.Run(
            """
            $file = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model
            $object = [pscustomobject]@{ id = 'a'; file_path = 'f'; language = 'l'; content = 'def f(): pass' } |
                ConvertTo-CodeEmbedding -Model $Model
            $file, $object
            """,
            ("Model", Model));

        Assert.Equal(((CodeEmbedding)result.Output[0].BaseObject).Vector, ((CodeEmbedding)result.Output[1].BaseObject).Vector);
    }

    [Theory]
    [InlineData(
        "'x', [pscustomobject]@{ id = 'a'; file_path = 'f'; language = 'l' }", "(pipeline):2: the field 'content' is missing")]
    [InlineData(
        "[pscustomobject]@{ id = @{ a = 5 }; file_path = 'f'; language = 'l'; content = '' }",
        "(pipeline):1: the field 'id' is an object")]
    [InlineData(
        "[pscustomobject]@{ id = 'a'; file_path = 'f'; language = 'l'; content = '' } | ForEach-Object { "
        + "$_.psobject.Properties.Add([psscriptproperty]::new('owner', { throw 'boom' })); $_ }",
        "(pipeline):1: the field 'owner' cannot be read")]
    [InlineData(
        "[System.Diagnostics.Process]::GetCurrentProcess()",
        "(pipeline):1: A System.Diagnostics.Process came through the pipeline")]
    [InlineData(
        "[pscustomobject]@{ id = 'a'; file_path = 'f'; language = 'l'; content = ''; owner = "
        + "[System.Threading.Thread]::CurrentThread }",
        "(pipeline):1: the field 'owner' holds")]
    public void An_object_that_is_not_a_record_is_named_by_its_position_in_the_pipeline(string input, string problem)
    {
        SessionResult result = Run(input);

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.StartsWith(problem, result.TerminatingMessage, StringComparison.Ordinal);
    }

    private static string Model => Repository.Fixture("tiny-roberta");

    private string Out => _folder.File("out.jsonl");

    private SessionResult Run(string input) =>
        _session.Run($"{input} | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl", ("Model", Model));
}
