using System.Collections;
using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The properties of a snippet, and how a snippet is written that was changed after reading.</summary>
public sealed class CodeSnippetTests : IDisposable
{
    private const string Read =
        """{"id":"1","note":"kept","file_path":"a.py","language":"python","content":"x = 1","version":"1.0","metadata":{"a":1"""
        + """},"last":[1, 2]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_object_initializer_sets_every_property()
    {
        var metadata = new Hashtable { ["stars"] = 5 };
        var snippet = new CodeSnippet
        {
            Id = "1",
            FilePath = "a.py",
            Language = "python",
            Content = "x = 1",
            Version = "1.0",
            GitHash = "abc",
            ChunkName = "f",
            ChunkType = "function",
            Metadata = metadata,
            Source = new SnippetSource("in.jsonl", 7),
        };

        Assert.Equal("1|a.py|python|x = 1", $"{snippet.Id}|{snippet.FilePath}|{snippet.Language}|{snippet.Content}");
        Assert.Equal("1.0|abc|f|function", $"{snippet.Version}|{snippet.GitHash}|{snippet.ChunkName}|{snippet.ChunkType}");
        Assert.Same(metadata, snippet.Metadata);
        Assert.Equal("in.jsonl:7", snippet.Source.ToString());
    }

    [Fact]
    public void A_property_that_is_not_set_in_memory_is_null()
    {
        CodeSnippet snippet = Sample.Snippet("1");

        Assert.Equal(
            [null, null, null, null, null, null],
            new object?[]
            {
                snippet.Version, snippet.GitHash, snippet.ChunkName, snippet.ChunkType, snippet.Metadata, snippet.Source,
            });
    }

    [Fact]
    public void A_snippet_is_shown_as_its_id()
    {
        Assert.Equal("the id", Sample.Snippet("the id").ToString());
    }

    [Fact]
    public void A_snippet_without_an_id_is_shown_as_nothing()
    {
        Assert.Equal(string.Empty, Activator.CreateInstance<CodeSnippet>().ToString());
    }

    [Theory]
    [InlineData("Id", "id")]
    [InlineData("FilePath", "file_path")]
    [InlineData("Language", "language")]
    [InlineData("Content", "content")]
    [InlineData("Version", "version")]
    public async Task A_property_that_is_set_after_reading_is_written_at_its_original_position(string property, string name)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Read);
        Set(snippet, property, "new \"text\"\n");

        using var written = JsonDocument.Parse(await Writing.LineAsync(_folder, snippet));

        Assert.Equal("new \"text\"\n", written.RootElement.GetProperty(name).GetString());
        Assert.Equal(
            ["id", "note", "file_path", "language", "content", "version", "metadata", "last"],
            written.RootElement.EnumerateObject().Select(member => member.Name).Take(8));
    }

    [Theory]
    [InlineData("GitHash", "git_hash")]
    [InlineData("ChunkName", "chunk_name")]
    [InlineData("ChunkType", "chunk_type")]
    public async Task A_property_that_the_record_lacks_is_written_after_it_when_set(string property, string name)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Read);
        Set(snippet, property, "new");

        string line = await Writing.LineAsync(_folder, snippet);

        Assert.StartsWith($$"""{{Read[..^1]}},"{{name}}":"new","vector":""", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_that_is_set_after_reading_is_written_instead()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Read);
        Set(snippet, "Metadata", new Hashtable { ["b"] = "new" });

        string line = await Writing.LineAsync(_folder, snippet);

        Assert.Contains(""","version":"1.0","metadata":{"b":"new"},"last":[1, 2],"vector":""", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_that_is_set_after_reading_is_returned_by_the_snippet()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Read);
        Assert.NotNull(snippet.Metadata);

        Set(snippet, "Metadata", null);

        Assert.Null(snippet.Metadata);
    }

    [Theory]
    [InlineData("Version", "\"version\":null")]
    [InlineData("Metadata", "\"metadata\":null")]
    public async Task A_property_that_is_set_to_null_after_reading_is_written_as_null(string property, string expected)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Read);
        Set(snippet, property, null);

        Assert.Contains($",{expected},", await Writing.LineAsync(_folder, snippet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_that_is_set_replaces_both_values_of_a_duplicate()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"content\":\"old\""));
        Set(snippet, "Content", "new");

        string line = await Writing.LineAsync(_folder, snippet);

        Assert.DoesNotContain("x = 1", line, StringComparison.Ordinal);
        Assert.DoesNotContain("old", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_the_metadata_does_not_change_what_is_written()
    {
        const string Metadata = """
            "metadata":{"n":12.50,"e":1E400,"u":"\u0041"}
            """;
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith(Metadata));
        Assert.NotNull(snippet.Metadata);

        Assert.Contains($",{Metadata},", await Writing.LineAsync(_folder, snippet), StringComparison.Ordinal);
    }

    /// <summary>Sets a property as PowerShell does, which ignores <c>init</c>.</summary>
    private static void Set(CodeSnippet snippet, string property, object? value) =>
        typeof(CodeSnippet).GetProperty(property)!.SetValue(snippet, value);
}
