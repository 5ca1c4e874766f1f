using System.Collections;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Metadata that was read, as plain .NET values.</summary>
public sealed class SnippetMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, object?> Values => new()
    {
        { "\"text\"", "text" },
        { "\"\"", "" },
        { "\"\\u00e4\\n\\ud83d\\ude00\"", "ä\n😀" },
        { "0", 0L },
        { "42", 42L },
        { "-7", -7L },
        { "9007199254740993", 9007199254740993L },
        { "9223372036854775807", long.MaxValue },
        { "-9223372036854775808", long.MinValue },
        { "9223372036854775808", 9223372036854775808.0 },
        { "12.5", 12.5 },
        { "1.0", 1.0 },
        { "1e3", 1000.0 },
        { "true", true },
        { "false", false },
        { "null", null },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_has_the_type_of_its_JSON(string json, object? expected)
    {
        IDictionary metadata = await ReadAsync($$"""{"value":{{json}}}""");

        Assert.StrictEqual(expected, metadata["value"]);
    }

    [Fact]
    public async Task A_JSON_array_is_an_array_of_such_values()
    {
        IDictionary metadata = await ReadAsync("""{"value":[1,"two",null,[true],[]]}""");

        object?[] expected = [1L, "two", null, new object[] { true }, Array.Empty<object>()];
        Assert.Equivalent(expected, metadata["value"], strict: true);
    }

    [Fact]
    public async Task A_JSON_object_is_a_dictionary_at_any_depth()
    {
        IDictionary metadata = await ReadAsync("""{"a":{"b":[{"c":"deep"}]}}""");

        var inner = Assert.IsType<IDictionary>(metadata["a"], exactMatch: false);
        var array = Assert.IsType<object[]>(inner["b"]);
        Assert.Equal("deep", Assert.IsType<IDictionary>(Assert.Single(array), exactMatch: false)["c"]);
    }

    [Fact]
    public async Task Keys_keep_their_order()
    {
        IDictionary metadata = await ReadAsync("""{"z":1,"a":2,"m":3,"B":4,"b":5}""");

        Assert.Equal(["z", "a", "m", "B", "b"], metadata.Keys.Cast<string>());
    }

    [Fact]
    public async Task Keys_may_be_escaped_even_to_lone_surrogates()
    {
        IDictionary metadata = await ReadAsync("""{"\u0061\n":1,"\ud800":2}""");

        Assert.Equal(["a\n", "\ud800"], metadata.Keys.Cast<string>());
    }

    [Fact]
    public async Task A_lone_surrogate_is_preserved()
    {
        IDictionary metadata = await ReadAsync("""{"value":["\udc00"]}""");

        Assert.Equal('\udc00', Assert.IsType<string>(Assert.IsType<object[]>(metadata["value"])[0])[0]);
    }

    [Fact]
    public async Task The_last_of_two_values_of_a_key_counts()
    {
        IDictionary metadata = await ReadAsync("""{"a":"first","a":"last"}""");

        Assert.Equal("last", metadata["a"]);
    }

    [Fact]
    public async Task Metadata_without_keys_is_empty_and_not_null()
    {
        Assert.Empty(await ReadAsync("{}"));
    }

    [Fact]
    public async Task Metadata_that_was_read_is_read_only_at_every_level()
    {
        IDictionary metadata = await ReadAsync("""{"a":{"b":1}}""");

        Assert.Throws<NotSupportedException>(() => metadata["a"] = 1);
        Assert.Throws<NotSupportedException>(() => ((IDictionary)metadata["a"]!).Add("c", 2));
    }

    [Fact]
    public async Task Metadata_is_created_once()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"metadata\":{\"a\":1}"));

        Assert.Same(snippet.Metadata, snippet.Metadata);
    }

    [Fact]
    public async Task The_deepest_metadata_that_is_read_can_be_accessed()
    {
        // The record and the metadata are two of the 1,024 levels.
        string arrays = new string('[', 1022) + "\"deep\"" + new string(']', 1022);

        object? value = (await ReadAsync($$"""{"value":{{arrays}}}"""))["value"];

        int levels = 0;
        for (; value is object[] array; value = array[0])
            levels++;

        Assert.Equal((1022, "deep"), (levels, value as string));
    }

    private async Task<IDictionary> ReadAsync(string metadata)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith($"\"metadata\":{metadata}"));
        return snippet.Metadata!;
    }
}
