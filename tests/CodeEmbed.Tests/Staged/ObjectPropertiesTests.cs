using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   The additional properties of objects are kept: from records, from Add-Member, and of deserialized objects.
/// </summary>
public sealed class ObjectPropertiesTests : IDisposable
{
    private const string Line =
        """{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"x","nested":{"b":[1,null]}}""";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ObjectPropertiesTests()
    {
        _folder.WriteLines("in.jsonl", Line);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("(Import-CodeSnippet in.jsonl | Where-Object { $_.stars -gt 12 }).Id")]
    [InlineData("(Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Where-Object stars -GT 12).Id")]
    [InlineData("(Import-CodeSnippet in.jsonl | Where-Object { $_.nested.b[0] -eq 1 }).Id")]
    [InlineData(
        "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl; "
        + "(Import-CodeEmbedding out.jsonl | Where-Object stars -GT 12).Id")]
    public void The_other_properties_of_a_record_can_be_accessed(string script) =>
        Assert.Equal("1", Run(script).Output.Single().BaseObject);

    /// <summary>Between the module's own cmdlets, objects are not visible, and the properties are not added.</summary>
    [Theory]
    [InlineData("Import-CodeSnippet in.jsonl -OutVariable seen | ConvertTo-CodeEmbedding $Model")]
    [InlineData(
        "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $Model -OutVariable seen | Export-CodeEmbedding out.jsonl")]
    [InlineData(
        "$seen = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $Model | Export-CodeEmbedding out.jsonl -PassThru")]
    [InlineData("$seen = (Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $Model).Snippet")]
    public void A_visible_object_has_the_other_properties(string script) =>
        Assert.Equal("12.5", Run($"$null = {script}; [string]$seen[0].stars").Output.Single().ToString());

    [Theory]
    [InlineData("$_", Line)]
    [InlineData("$null = $_.stars, $_.nested; $_", Line)]
    [InlineData(
        "$_.stars = 13; $_",
        """{"id":"1","stars":13,"file_path":"a","language":"python","content":"x","nested":{"b":[1,null]}}""")]
    [InlineData(
        "$_.psobject.Properties.Add([psnoteproperty]::new('owner', 'me')); $_",
        """{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"x","nested":{"b":[1,null]},"owner":"me"}""")]
    [InlineData(
        "$_.Content = 'y'; $_.psobject.Properties.Add([psnoteproperty]::new('owner', 'me')); $_",
        """{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"y","nested":{"b":[1,null]},"owner":"me"}""")]
    public void Properties_added_to_a_snippet_are_written_and_the_rest_is_the_raw_record(string change, string expected)
    {
        Run(
            $"Import-CodeSnippet in.jsonl | ForEach-Object {{ {change} }} | ConvertTo-CodeEmbedding -Model $Model | "
            + "Export-CodeEmbedding out.jsonl");

        Assert.StartsWith(expected[..^1] + ",\"vector\":", File.ReadAllText(Out), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Export-CodeEmbedding out.jsonl")]
    [InlineData("ConvertTo-CodeEmbedding $Model | Export-CodeEmbedding out.jsonl")]
    public void Changes_to_the_snippet_of_an_embedding_are_written_unless_the_embedding_overrides_them(string end)
    {
        Run(
            $$"""
            $e = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $Model
            $e.Snippet.stars = 13
            $e.Snippet.psobject.Properties.Add([psnoteproperty]::new('owner', 'me'))
            $e.psobject.Properties.Add([psnoteproperty]::new('owner', 'you'))
            $e | {{end}}
            """);

        JsonElement written = JsonDocument.Parse(File.ReadAllText(Out)).RootElement;
        Assert.Equal(13, written.GetProperty("stars").GetInt32());
        Assert.Equal("you", written.GetProperty("owner").GetString());
    }

    [Fact]
    public void Properties_added_to_an_embedding_are_written()
    {
        Run(
            """
            Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | ForEach-Object {
                $_.psobject.Properties.Add([psnoteproperty]::new('cluster', [ordered]@{ n = 3; of = [DBNull]::Value })); $_
            } | Export-CodeEmbedding out.jsonl
            """);

        Assert.StartsWith(
            Line[..^1] + ",\"cluster\":{\"n\":3,\"of\":null},\"vector\":", File.ReadAllText(Out), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "[System.Management.Automation.PSSerializer]::Deserialize("
        + "[System.Management.Automation.PSSerializer]::Serialize($e, 2))")]
    [InlineData(
        "[System.Management.Automation.PSSerializer]::Deserialize("
        + "[System.Management.Automation.PSSerializer]::Serialize($e, 4))")]
    public void An_embedding_that_was_serialized_is_written_with_its_record_and_the_same_vector(string back)
    {
        SessionResult result = Run(
            $$"""
            $e = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model
            {{back}} | Export-CodeEmbedding out.jsonl
            $e
            {{back}} | ConvertTo-CodeEmbedding -Model $Model
            """);

        Assert.Null(result.TerminatingMessage);
        var expected = (CodeEmbedding)result.Output[0].BaseObject;
        JsonElement written = JsonDocument.Parse(File.ReadAllText(Out)).RootElement;
        Assert.Equal(expected.Vector, written.GetProperty("vector").EnumerateArray().Select(number => number.GetSingle()));
        Assert.Equal(expected.Fingerprint, written.GetProperty("fingerprint").GetString());
        Assert.Equal(
            ["content", "file_path", "id", "language", "nested", "stars"],
            written.EnumerateObject().Select(property => property.Name).TakeWhile(name => name != "vector").Order(
                StringComparer.Ordinal));
        Assert.Equal(12.5, written.GetProperty("stars").GetDouble());
        Assert.Equal("""{"b":[1,null]}""", written.GetProperty("nested").GetRawText());
        Assert.Equal(expected.Vector, ((CodeEmbedding)result.Output[1].BaseObject).Vector);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_snippet_that_was_serialized_is_embedded_without_its_location(int depth)
    {
        Run(
            $"""
            $s = [System.Management.Automation.PSSerializer]::Serialize((Import-CodeSnippet in.jsonl), {depth})
            [System.Management.Automation.PSSerializer]::Deserialize($s) | ConvertTo-CodeEmbedding -Model $Model |
                Export-CodeEmbedding out.jsonl
            """);

        JsonElement written = JsonDocument.Parse(File.ReadAllText(Out)).RootElement;
        Assert.Equal(
            ["content", "file_path", "id", "language", "nested", "stars"],
            written.EnumerateObject().Select(property => property.Name).TakeWhile(name => name != "vector").Order(
                StringComparer.Ordinal));
    }

    [Fact]
    public void An_embedding_whose_snippet_was_lost_is_an_error_that_says_so()
    {
        SessionResult result = Run(
            """
            $lost = [pscustomobject]@{ PSTypeName = 'Deserialized.CodeEmbed.CodeEmbedding'; Snippet = '1'; Vector = 1.0 }
            $lost | Export-CodeEmbedding out.jsonl
            """);

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains("-Depth 2", result.TerminatingMessage, StringComparison.Ordinal);
    }

    private string Out => _folder.File("out.jsonl");

    private SessionResult Run(string script) => _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));
}
