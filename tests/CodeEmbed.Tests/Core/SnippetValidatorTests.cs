using System.Collections;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The validation of snippets created in memory, whose properties may not be set.</summary>
public sealed class SnippetValidatorTests
{
    public static TheoryData<string, object> Unwritable => new()
    {
        { "a delegate", new Action(() => { }) },
        { "a type", typeof(string) },
        { "NaN", double.NaN },
        { "infinity", double.PositiveInfinity },
        { "negative infinity", double.NegativeInfinity },
        { "NaN of 32 bits", float.NaN },
        { "infinity of 32 bits", float.PositiveInfinity },
        { "NaN of 16 bits", Half.NaN },
        { "infinity of 16 bits", Half.PositiveInfinity },
        { "an object", new object() },
    };

    [Fact]
    public void A_snippet_with_the_required_properties_is_valid()
    {
        SnippetValidator.Validate(new CodeSnippet { Id = "1", FilePath = "", Language = "", Content = "" });
    }

    [Theory]
    [InlineData("Id", "id")]
    [InlineData("FilePath", "file_path")]
    [InlineData("Language", "language")]
    [InlineData("Content", "content")]
    public void A_required_property_that_is_not_set_is_named_as_in_JSON(string missing, string field)
    {
        // As PowerShell creates one from a hashtable: without the properties that C# requires.
        CodeSnippet snippet = Activator.CreateInstance<CodeSnippet>();
        foreach (string property in new[] { "Id", "FilePath", "Language", "Content" })
        {
            if (property != missing)
                typeof(CodeSnippet).GetProperty(property)!.SetValue(snippet, "text");
        }

        var error = Assert.Throws<SnippetValidationException>(() => SnippetValidator.Validate(snippet));

        Assert.Equal(field, error.Field);
        Assert.Contains($"'{field}' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_id_is_an_error()
    {
        var error = Assert.Throws<SnippetValidationException>(() => SnippetValidator.Validate(Sample.Snippet("")));

        Assert.Equal("id", error.Field);
        Assert.Contains("'id' is empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_source_the_message_names_the_id()
    {
        var snippet = new CodeSnippet { Id = "the id", FilePath = "", Language = "", Content = null! };

        var error = Assert.Throws<SnippetValidationException>(() => SnippetValidator.Validate(snippet));

        Assert.Equal("the id", error.SnippetId);
        Assert.Null(error.Place);
        Assert.Contains("'the id'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_source_the_message_names_the_place()
    {
        var source = new SnippetSource("in.jsonl", 7);
        var snippet = new CodeSnippet { Id = "1", FilePath = "", Language = "", Content = null!, Source = source };

        var error = Assert.Throws<SnippetValidationException>(() => SnippetValidator.Validate(snippet));

        Assert.Equal(source, error.Place);
        Assert.StartsWith("in.jsonl:7: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void Metadata_that_JSON_cannot_represent_is_an_error(string what, object value)
    {
        CodeSnippet nested = WithMetadata(new Hashtable { [what] = new object[] { new Hashtable { ["inner"] = value } } });

        AssertMetadataIsRefused(nested);
    }

    [Fact]
    public void Metadata_that_contains_itself_is_an_error()
    {
        var metadata = new Hashtable();
        metadata["itself"] = metadata;

        AssertMetadataIsRefused(WithMetadata(metadata));
    }

    [Fact]
    public void An_array_in_the_metadata_that_contains_itself_twice_is_an_error()
    {
        object[] array = new object[2];
        (array[0], array[1]) = (array, array);

        AssertMetadataIsRefused(WithMetadata(new Hashtable { ["array"] = array }));
    }

    [Fact]
    public void Metadata_may_be_as_deep_as_a_record()
    {
        // The record and the metadata are two of the 1,024 levels.
        SnippetValidator.Validate(WithMetadata(new Hashtable { ["deep"] = Nested(1022) }));
    }

    [Fact]
    public void Metadata_that_is_deeper_than_a_record_is_an_error()
    {
        AssertMetadataIsRefused(WithMetadata(new Hashtable { ["deep"] = Nested(1023) }));
    }

    private static CodeSnippet WithMetadata(IDictionary metadata) =>
        new() { Id = "1", FilePath = "", Language = "", Content = "", Metadata = metadata };

    /// <summary>A number inside this many nested arrays.</summary>
    private static object Nested(int levels)
    {
        object value = 1;
        for (int i = 0; i < levels; i++)
            value = new[] { value };

        return value;
    }

    private static void AssertMetadataIsRefused(CodeSnippet snippet)
    {
        var error = Assert.Throws<SnippetValidationException>(() => SnippetValidator.Validate(snippet));

        Assert.Equal("metadata", error.Field);
        Assert.Contains("'metadata'", error.Message, StringComparison.Ordinal);
    }
}
