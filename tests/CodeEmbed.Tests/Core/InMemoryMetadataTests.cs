using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Metadata with .NET values, as PowerShell's hashtables contain them, written as JSON.</summary>
public sealed class InMemoryMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<object?, string> Values => new()
    {
        { null, "null" },
        { "text \"ä\"", "\"text \\\"ä\\\"\"" },
        { 'ä', "\"ä\"" },
        { true, "true" },
        { false, "false" },
        { (byte)255, "255" },
        { -7, "-7" },
        { long.MinValue, "-9223372036854775808" },
        { ulong.MaxValue, "18446744073709551615" },
        { BigInteger.Pow(10, 30), "1000000000000000000000000000000" },
        { 12.50m, "12.50" },
        { 0.1, "0.1" },
        { 0.1f, "0.1" },
        { (Half)0.5, "0.5" },
        { DayOfWeek.Friday, "\"Friday\"" },
        { new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), "\"0f8fad5b-d9cb-469f-a165-70867728950e\"" },
        { new Uri("https://example.org/a?b=c"), "\"https://example.org/a?b=c\"" },
        { new Version(1, 2, 3), "\"1.2.3\"" },
        { new TimeSpan(1, 2, 3, 4), "\"1.02:03:04\"" },
        { new DateOnly(2026, 11, 5), "\"2026-11-05\"" },
        { new object?[] { 1, "two", null, new ArrayList { true } }, "[1,\"two\",null,[true]]" },
        { new ArrayList { 1, 2 }, "[1,2]" },
        { Array.Empty<int>(), "[]" },
        { new Hashtable { ["inner"] = new Hashtable { ["k"] = new ArrayList { 1.5 } } }, "{\"inner\":{\"k\":[1.5]}}" },
        { new Hashtable(), "{}" },
        { new Hashtable { [5] = "number" }, "{\"5\":\"number\"}" },
    };

    public static TheoryData<double> Doubles => [1e300, -1e-300, double.Epsilon, double.MaxValue, 1.0 / 3, -0.0, 5e20];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_is_written_as_its_JSON(object? value, string expected)
    {
        Assert.Equal(expected, (await WriteAsync(value)).GetRawText());
    }

    [Theory]
    [MemberData(nameof(Doubles))]
    public async Task A_double_reads_back_to_the_same_bits(double value)
    {
        double again = (await WriteAsync(value)).GetDouble();

        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(again));
    }

    [Theory]
    [InlineData(DateTimeKind.Utc)]
    [InlineData(DateTimeKind.Unspecified)]
    public async Task A_date_and_time_reads_back_to_the_tick(DateTimeKind kind)
    {
        DateTime value = new DateTime(2026, 11, 5, 13, 14, 15, kind).AddTicks(1234567);

        DateTime again = (await WriteAsync(value)).GetDateTime();

        Assert.Equal((value, kind), (again, again.Kind));
    }

    [Fact]
    public async Task A_date_and_time_with_an_offset_keeps_it()
    {
        DateTimeOffset value = new DateTimeOffset(2026, 11, 5, 13, 14, 15, TimeSpan.FromHours(-9.5)).AddTicks(1);

        DateTimeOffset again = (await WriteAsync(value)).GetDateTimeOffset();

        Assert.Equal((value, value.Offset), (again, again.Offset));
    }

    [Fact]
    public async Task A_time_of_day_keeps_its_seconds()
    {
        TimeOnly value = new TimeOnly(13, 14, 15).Add(TimeSpan.FromTicks(1234567));

        string again = (await WriteAsync(value)).GetString()!;

        Assert.Equal(value, TimeOnly.Parse(again, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_ordered_dictionary_keeps_its_order()
    {
        var value = new OrderedDictionary { ["z"] = 1, ["a"] = 2, ["m"] = 3 };

        Assert.Equal("{\"z\":1,\"a\":2,\"m\":3}", (await WriteAsync(value)).GetRawText());
    }

    [Fact]
    public async Task A_key_is_escaped_if_necessary()
    {
        JsonElement written = await WriteAsync(new Hashtable { ["a\"\n😀"] = 1 });

        Assert.Equal("a\"\n😀", Assert.Single(written.EnumerateObject()).Name);
    }

    [Fact]
    public async Task Metadata_that_was_read_can_be_assigned_to_another_snippet()
    {
        CodeSnippet read = await Reading.LineAsync(
            _folder, Sample.LineWith("\"metadata\":{\"z\":[1,2.5,null,{\"t\":true}],\"a\":9007199254740993}"));
        var snippet = new CodeSnippet { Id = "2", FilePath = "", Language = "", Content = "", Metadata = read.Metadata };

        string line = await Writing.LineAsync(_folder, snippet);

        Assert.Contains("\"metadata\":{\"z\":[1,2.5,null,{\"t\":true}],\"a\":9007199254740993},", line, StringComparison.Ordinal);
    }

    /// <summary>Writes a snippet with this value in its metadata, and returns the value that System.Text.Json reads.</summary>
    private async Task<JsonElement> WriteAsync(object? value)
    {
        var snippet = new CodeSnippet
        {
            Id = "1", FilePath = "", Language = "", Content = "", Metadata = new Hashtable { ["value"] = value },
        };
        SnippetValidator.Validate(snippet);
        using var line = JsonDocument.Parse(await Writing.LineAsync(_folder, snippet));
        return line.RootElement.GetProperty("metadata").GetProperty("value").Clone();
    }
}
