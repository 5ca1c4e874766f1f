using System.Globalization;
using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The effects of PowerShell on values in a pipeline.</summary>
public sealed class PowerShellValuesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public PowerShellValuesTests() => _session = new ModuleSession(_folder.Path);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("(Get-Command Import-Module).Name", "\"Import-Module\"")]
    [InlineData("([pscustomobject]@{ x = 1; y = 'z' })", """{"x":1,"y":"z"}""")]
    [InlineData("(1..3 | ForEach-Object { $_ })", "[1,2,3]")]
    [InlineData("([ordered]@{ b = $true; a = $null })", """{"b":true,"a":null}""")]
    public void Metadata_is_written_without_PowerShells_wrapping(string value, string expected)
    {
        SessionResult result = _session.Run(
            $$"""
            [CodeEmbed.CodeSnippet]@{ Id = '1'; FilePath = ''; Language = ''; Content = ''; Metadata = @{ value = {{value}} } } |
                ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl
            """,
            ("Model", Model));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(
            expected, InputFiles.Column(_folder.File("out.jsonl"), "metadata").Single().GetProperty("value").GetRawText());
    }

    [Fact]
    public void A_property_that_is_set_on_a_snippet_is_written_and_the_others_stay()
    {
        _folder.WriteLines("in.jsonl", """{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"old"}""");

        _session.Run(
            "Import-CodeSnippet in.jsonl | ForEach-Object { $_.Content = 'new'; $_ } | ConvertTo-CodeEmbedding -Model $Model | "
            + "Export-CodeEmbedding out.jsonl",
            ("Model", Model));

        Assert.StartsWith(
            """{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"new","vector":""",
            File.ReadAllText(_folder.File("out.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_the_output_nor_the_fingerprint_depends_on_the_culture()
    {
        string expected = Embed("en-US");

        // A decimal comma, and a minus sign that is not ASCII.
        Assert.Equal(expected, Embed("de-DE"));
        Assert.Equal(expected, Embed("sv-SE"));
    }

    [Fact]
    public void A_large_batch_size_alone_costs_no_memory()
    {
        _folder.WriteRecords(2);

        SessionResult result = _session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model -BatchSize 2147483647", ("Model", Model));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(2, result.Output.Count);
    }

    [Theory]
    [InlineData("Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model \"a`0b\"", "ModelLoadError")]
    [InlineData("Import-CodeSnippet in.jsonl | Export-CodeEmbedding \"a`0b\"", "FileWriteError")]
    [InlineData("Import-CodeSnippet \"a`0b\"", "FileReadError")]
    public void An_impossible_path_is_the_documented_error(string script, string errorId)
    {
        _folder.WriteRecords(1);

        Assert.Equal(errorId, _session.Run(script).TerminatingId);
    }

    private static string Model => Repository.Fixture("tiny-roberta");

    private static string Embed(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            using var service = new CodeEmbed.Onnx.OnnxEmbeddingService(new EmbeddingServiceOptions { Model = Model });
            var snippet = new CodeSnippet { Id = "1", FilePath = "", Language = "", Content = "x = 1" };
            CodeEmbedding embedding = service.EmbedBatch([snippet]).Single();
            return JsonSerializer.Serialize(embedding.Vector) + embedding.Fingerprint;
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
