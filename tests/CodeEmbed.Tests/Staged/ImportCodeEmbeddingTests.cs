using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Import-CodeEmbedding reads the output of Export-CodeEmbedding.</summary>
public sealed class ImportCodeEmbeddingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ImportCodeEmbeddingTests()
    {
        _folder.WriteRecords(3);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Embeddings_are_read_back_unchanged()
    {
        CodeEmbedding[] before = Embeddings(
            Run(
                "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | "
                + "Export-CodeEmbedding out.jsonl -PassThru"));

        CodeEmbedding[] after = Embeddings(Run("Import-CodeEmbedding out.jsonl"));

        Assert.Equal(before.Select(Describe), after.Select(Describe));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-ExcludeContent")]
    public void Writing_the_embeddings_again_produces_the_same_file(string arguments)
    {
        Run($"Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl {arguments}");

        SessionResult result = Run("Import-CodeEmbedding out.jsonl | Export-CodeEmbedding again.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(File.ReadAllText(_folder.File("out.jsonl")), File.ReadAllText(_folder.File("again.jsonl")));
    }

    [Fact]
    public void Excluded_content_is_null_and_the_rest_is_read()
    {
        Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding "
            + "out.jsonl -ExcludeContent");

        CodeEmbedding[] embeddings = Embeddings(Run("Import-CodeEmbedding out.jsonl"));

        Assert.Equal(["1", "2", "3"], embeddings.Select(embedding => embedding.Snippet.Id));
        Assert.All(embeddings, embedding => Assert.Null(embedding.Snippet.Content));
    }

    [Fact]
    public void Excluded_content_cannot_be_embedded()
    {
        Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding "
            + "out.jsonl -ExcludeContent");

        SessionResult result = Run("Import-CodeSnippet out.jsonl | ConvertTo-CodeEmbedding -Model $Model");

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains("out.jsonl:1: the field 'content' is missing", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_was_not_embedded_is_an_error_that_names_the_field()
    {
        SessionResult result = Run("Import-CodeEmbedding in.jsonl");

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains("in.jsonl:1: the field 'vector' is missing", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_records_are_skipped_on_request()
    {
        Run("Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl");
        File.AppendAllLines(_folder.File("out.jsonl"), ["{", InputFiles.Record("5")]);

        SessionResult result = Run("Import-CodeEmbedding out.jsonl -SkipInvalid");

        Assert.Equal(["1", "2", "3"], Embeddings(result).Select(embedding => embedding.Snippet.Id));
        Assert.Equal(
            ["InvalidInputError", "ValidationError"], result.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    private SessionResult Run(string script) => _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));

    private static CodeEmbedding[] Embeddings(SessionResult result) =>
        [.. result.Output.Select(embedding => (CodeEmbedding)embedding.BaseObject)];

    private static string Describe(CodeEmbedding embedding) => string.Join('|', [
        embedding.Snippet.Id, embedding.Snippet.FilePath, embedding.Snippet.Content, embedding.ModelName, embedding.Precision,
        embedding.Normalized,
        embedding.TokenCount, embedding.TruncatedTokens, embedding.Fingerprint, string.Join(
            ' ', embedding.Vector.Select(BitConverter.SingleToInt32Bits)),
    ]);
}
