using System.Globalization;
using System.Text.Json;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The line that is written for an embedding.</summary>
public sealed class EmbeddingRecordTests : IDisposable
{
    /// <summary>The properties that <see cref="Sample.Embedding"/> adds to a record if its vector is empty.</summary>
    private const string Added =
        "\"vector\":[1],\"model_name\":\"tiny\",\"precision\":\"float32\",\"normalized\":true,\"token_count\":7,"
        + "\"truncated_tokens\":0,\"fingerprint\":\"0123456789abcdef\"}\n";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Texts =>
    [
        "plain",
        "",
        "ä é ñ 中文 русский",
        "😀 𝒳 👩‍👩‍👧",
        "\" \\ /",
        "\n \r \t \b \f \v \0 \u001f \u007f",
        "\u2028 \u2029 \u0085 \ufeff \ufffd \uffff",
        "<script>'&+`</script>",
        "\\u0041 \\n",
        new string('x', 5000) + "ä" + new string('"', 5000) + string.Concat(Enumerable.Repeat("😀", 5000)),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_record_that_was_read_keeps_its_properties_as_raw_JSON_in_the_original_order()
    {
        const string Own =
            """
            "zeta":12.50,"id":"1","big":1E400,"content":"\u0061\/\ud83d\ude00 ä","file_path":"a.py","metadata":{"n":-0.0
            """
            + """, "deep":[{"k" : 1e5}],"s":"\u00e4"},"language":"python","empty":{},"none":null,"flag":false,"version":null"""
            + ""","list":[1,2.0,"\ud800"]""";
        CodeSnippet snippet = await Reading.LineAsync(_folder, "{" + Own + "}");
        var embedding = new CodeEmbedding
        {
            Snippet = snippet,
            Vector = [0.5f, -0.25f, 1f, 0f],
            ModelName = "microsoft/codebert-base",
            Precision = EmbeddingPrecision.Float32,
            Normalized = false,
            TokenCount = 512,
            TruncatedTokens = 38,
            Fingerprint = "00ff00ff00ff00ff",
        };

        string target = await Writing.FileAsync(_folder, embedding);

        string added =
            "\"vector\":[0.5,-0.25,1,0],\"model_name\":\"microsoft/codebert-base\",\"precision\":\"float32\","
            + "\"normalized\":false,\"token_count\":512,\"truncated_tokens\":38,\"fingerprint\":\"00ff00ff00ff00ff\"";
        Assert.Equal("{" + Own + "," + added + "}\n", await File.ReadAllTextAsync(target, Token));
    }

    [Theory]
    [InlineData(EmbeddingPrecision.Float32, "float32")]
    [InlineData(EmbeddingPrecision.Int8, "int8")]
    [InlineData(EmbeddingPrecision.Float16, "float16")]
    public async Task A_precision_has_the_name_that_the_format_defines_and_is_read_back(
        EmbeddingPrecision precision, string name)
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"x\":1"));
        var embedding = new CodeEmbedding
        {
            Snippet = snippet,
            Vector = [1f],
            ModelName = "m",
            Precision = precision,
            Normalized = false,
            TokenCount = 1,
            TruncatedTokens = 0,
            Fingerprint = "00ff00ff00ff00ff",
        };

        string target = await Writing.FileAsync(_folder, embedding);

        Assert.Contains($"\"precision\":\"{name}\"", await File.ReadAllTextAsync(target, Token), StringComparison.Ordinal);
        await foreach (Outcome<CodeEmbedding> read in new JsonlEmbeddingReader(target).ReadAsync(Token))
            Assert.Equal(precision, read.Value!.Precision);
    }

    [Fact]
    public async Task Escapes_in_the_names_of_properties_are_kept()
    {
        const string Own =
            """
            "id":"1","f\u0069le_path":"a.py","language":"python","content":"","\u006eote":1,"ä\n":2
            """;
        CodeSnippet snippet = await Reading.LineAsync(_folder, "{" + Own + "}");

        Assert.Equal("{" + Own + "," + Added, await Writing.LineAsync(_folder, snippet));
    }

    [Fact]
    public async Task An_unknown_property_whose_name_contains_a_lone_surrogate_is_kept()
    {
        string line = Sample.LineWith("\"\\ud800\":1");

        string written = await Writing.LineAsync(_folder, await Reading.LineAsync(_folder, line));

        Assert.Equal(line[..^1] + "," + Added, written);
    }

    [Fact]
    public async Task A_carriage_return_between_the_tokens_of_a_record_does_not_break_its_line()
    {
        string line = Sample.LineWith("\r\"list\":\r[1,\r2]\r");

        string written = await Writing.LineAsync(_folder, await Reading.LineAsync(_folder, line));

        Assert.DoesNotContain('\r', written);
        using var record = JsonDocument.Parse(written);
        Assert.Equal([1, 2], record.RootElement.GetProperty("list").EnumerateArray().Select(number => number.GetInt32()));
    }

    [Fact]
    public async Task Duplicate_properties_are_both_kept()
    {
        string line = Sample.LineWith("\"note\":1,\"note\":2,\"content\":\"y = 2\"");

        string written = await Writing.LineAsync(_folder, await Reading.LineAsync(_folder, line));

        Assert.Equal(line[..^1] + "," + Added, written);
    }

    [Fact]
    public async Task Output_properties_in_the_input_are_replaced()
    {
        const string Line =
            """{"vector":[9],"id":"1","token_count":null,"model_name":"old","file_path":"a.py","precision":{"x":1}"""
            + ""","language":"python","normalized":0,"truncated_tokens":"many","content":"x = 1","f\u0069ngerprint":"old"}""";

        string written = await Writing.LineAsync(_folder, await Reading.LineAsync(_folder, Line));

        Assert.Equal(Sample.Line("1")[..^1] + "," + Added, written);
    }

    [Fact]
    public async Task A_line_of_output_is_written_again_unchanged()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"note\":[1, 2]"));
        string first = await Writing.LineAsync(_folder, snippet);

        string second = await Writing.LineAsync(_folder, await Reading.LineAsync(_folder, first.TrimEnd('\n')));

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task A_snippet_made_in_memory_is_written_in_the_order_of_its_fields()
    {
        var snippet = new CodeSnippet
        {
            Metadata = new Dictionary<string, object?> { ["stars"] = 5 },
            ChunkType = "function",
            ChunkName = "f",
            GitHash = "abc",
            Version = "1.0",
            Content = "x = 1",
            Language = "python",
            FilePath = "a.py",
            Id = "1",
        };

        Assert.Equal(
            "{\"id\":\"1\",\"file_path\":\"a.py\",\"language\":\"python\",\"content\":\"x = 1\",\"version\":\"1.0\","
            + "\"git_hash\":\"abc\",\"chunk_name\":\"f\",\"chunk_type\":\"function\",\"metadata\":{\"stars\":5},"
            + Added,
            await Writing.LineAsync(_folder, snippet));
    }

    [Fact]
    public async Task Properties_that_a_snippet_in_memory_lacks_are_omitted()
    {
        Assert.Equal(
            """{"id":"1","file_path":"a.py","language":"python","content":"x = 1",""" + Added,
            await Writing.LineAsync(_folder, Sample.Snippet("1")));
    }

    [Fact]
    public async Task The_location_of_a_snippet_is_not_written()
    {
        var source = new SnippetSource("in.jsonl", 1);
        var snippet = new CodeSnippet { Id = "1", FilePath = "", Language = "", Content = "", Source = source };

        Assert.DoesNotContain("in.jsonl", await Writing.LineAsync(_folder, snippet), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Any_text_reads_back_the_same_with_another_reader(string text)
    {
        using var written = JsonDocument.Parse(await Writing.LineAsync(_folder, WithContent(text)));

        Assert.Equal(text, written.RootElement.GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("ä é 中文 русский")]
    [InlineData("😀 𝒳")]
    [InlineData("<a href='b'>&+`</a>")]
    public async Task Letters_and_symbols_stay_readable(string text)
    {
        Assert.Contains($"\"content\":\"{text}\"", await Writing.LineAsync(_folder, WithContent(text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_text_stays_readable()
    {
        string text = string.Concat(Enumerable.Repeat("é😀", 100_000));

        Assert.Contains($"\"content\":\"{text}\"", await Writing.LineAsync(_folder, WithContent(text)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0xD800 })]
    [InlineData(new[] { 0xDFFF, 'b' })]
    [InlineData(new[] { 'a', 0xD83D, '"', 0xDE00, '\n', 0xD83D })]
    [InlineData(new[] { 0xD83D, 0xD83D, 0xDE00, 0xDE00 })]
    public async Task Lone_surrogates_are_escaped_and_read_back_the_same(int[] codes)
    {
        string text = string.Concat(codes.Select(code => (char)code));
        string line = await Writing.LineAsync(_folder, WithContent(text));
        Assert.NotEmpty(line);

        CodeSnippet again = await Reading.LineAsync(_folder, line);

        Assert.Equal(codes, again.Content.Select(character => (int)character));
    }

    [Fact]
    public async Task A_line_has_no_line_feed_except_at_its_end()
    {
        string line = await Writing.LineAsync(_folder, WithContent("a\nb\r\nc"));

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain('\r', line);
    }

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(0.1f, "0.1")]
    [InlineData(1f / 3f, "0.33333334")]
    [InlineData(-16_777_216f, "-16777216")]
    [InlineData(1e-45f, "1E-45")]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    public async Task A_number_is_written_as_its_shortest_text(float value, string expected)
    {
        string target = await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1"), value));

        string line = await File.ReadAllTextAsync(target, Token);
        Assert.Contains($"\"vector\":[{expected}],", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_number_reads_back_to_the_same_bits_and_one_digit_fewer_does_not()
    {
        float[] values = EveryKindOfFloat();
        string target = await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1"), values));

        using var written = JsonDocument.Parse(await File.ReadAllBytesAsync(target, Token));
        JsonElement[] numbers = [.. written.RootElement.GetProperty("vector").EnumerateArray()];

        Assert.Equal(
            values.Select(BitConverter.SingleToInt32Bits),
            numbers.Select(number => BitConverter.SingleToInt32Bits(number.GetSingle())));
        Assert.All(numbers, AssertOneDigitLessIsAnotherNumber);
    }

    [Fact]
    public async Task Numbers_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("")
            {
                NumberFormat = { NegativeSign = "~", NumberDecimalSeparator = "," },
            };
            var metadata = new Dictionary<string, object> { ["n"] = -1.5, ["i"] = -2 };
            var snippet = new CodeSnippet { Id = "1", FilePath = "", Language = "", Content = "", Metadata = metadata };

            string target = await Writing.FileAsync(_folder, Sample.Embedding(snippet, -0.5f));

            string line = await File.ReadAllTextAsync(target, Token);
            Assert.Contains("\"metadata\":{\"n\":-1.5,\"i\":-2},\"vector\":[-0.5],", line, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static CodeSnippet WithContent(string content) => new() { Id = "1", FilePath = "", Language = "", Content = content };

    /// <summary>The limits, and some numbers of every exponent.</summary>
    private static float[] EveryKindOfFloat()
    {
        var random = new Random(1);
        return
        [
            0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue,
            1.17549435E-38f, 1.1754942E-38f, 0.99999994f, 1.0000001f,
            .. Enumerable.Range(0, 255).SelectMany(_ => Enumerable.Range(0, 8), (exponent, _) =>
                BitConverter.Int32BitsToSingle((random.Next(2) << 31) | (exponent << 23) | random.Next(1 << 23))),
        ];
    }

    private static void AssertOneDigitLessIsAnotherNumber(JsonElement number)
    {
        string text = number.GetRawText();
        string mantissa = text.Split('E', 'e')[0].TrimStart('-').Replace(".", string.Empty, StringComparison.Ordinal);
        int digits = mantissa.Trim('0').Length;
        if (digits < 2)
            return;

        // E2 is three digits.
        float value = float.Parse(text, CultureInfo.InvariantCulture);
        string shorter = value.ToString($"E{digits - 2}", CultureInfo.InvariantCulture);
        Assert.NotEqual(value, float.Parse(shorter, CultureInfo.InvariantCulture));
    }
}
