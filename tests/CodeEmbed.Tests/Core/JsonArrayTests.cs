using System.Text;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>A file that is one JSON array: recognizing it by its first byte, and reading one element at a time.</summary>
public sealed class JsonArrayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("[{0},{1},{2}]")]
    [InlineData("[{0}, {1} ,\t{2} ]\n")]
    [InlineData("\uFEFF[{0},{1},{2}]")]
    [InlineData("\n \r\n\uFEFF \n[\r\n{0},\r\n{1},\r\n{2}\r\n]\r\n\r\n")]
    [InlineData("[\n{0}\n,\n{1}\n,\n{2}\n]")]
    [InlineData("[{0},{1},{2}]\0\0\0")]
    public async Task Records_are_read_regardless_of_the_white_space_between_them(string format)
    {
        string text = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, format, Sample.Line("1"), Sample.Line("2"), Sample.Line("3"));

        List<CodeSnippet> snippets = await Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(text));

        Assert.Equal(["1", "2", "3"], snippets.Select(snippet => snippet.Id));
        Assert.Equal([1L, 2L, 3L], snippets.Select(snippet => snippet.Source!.Element!.Value));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ \n ] ")]
    public async Task An_empty_array_has_no_records(string text) =>
        Assert.Empty(await Reading.BytesAsync(_folder, Encoding.UTF8.GetBytes(text), "in.json"));

    [Fact]
    public async Task An_array_is_recognized_after_a_lot_of_white_space()
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)'\n', 300_000), .. Encoding.UTF8.GetBytes($"[{Sample.Line("1")}]")];

        CodeSnippet snippet = Assert.Single(await Reading.BytesAsync(_folder, bytes));

        Assert.Equal(300_001, snippet.Source!.Line);
    }

    [Fact]
    public async Task A_record_on_several_lines_has_the_number_of_the_first_and_is_written_on_one_line()
    {
        string path = _folder.File("in.json");
        await File.WriteAllTextAsync(
            path,
            "[\n  {\"id\": \"1\",\n   \"file_path\": \"a.py\",\n   \"language\": \"python\",\n   \"content\": \"]}\\\"[{\",\n"
            + "   \"stars\": {\n      \"now\": [1,\r\n   2]\n    }}, "
            + "{\"id\":\"2\",\"file_path\":\"\",\"language\":\"\",\n\"content\":\"\"}]",
            Token);

        List<CodeSnippet> snippets = await Reading.AllAsync(path);
        string written = await File.ReadAllTextAsync(
            await Writing.FileAsync(_folder, [.. snippets.Select(snippet => Sample.Embedding(snippet))]), Token);

        Assert.Equal([$"{path}:2: element 1", $"{path}:9: element 2"], snippets.Select(snippet => $"{snippet.Source}"));
        Assert.Equal("]}\"[{", snippets[0].Content);
        Assert.StartsWith(
            "{\"id\":\"1\",\"file_path\":\"a.py\",\"language\":\"python\",\"content\":\"]}\\\"[{\",\"stars\":{ \"now\": [1, 2] },"
            + "\"vector\":",
            written,
            StringComparison.Ordinal);
        Assert.Equal(2, written.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Elements_do_not_depend_on_how_the_bytes_arrive(int atOnce)
    {
        string[] elements =
        [
            "{}", "\"a\\\\\"", "\"\\\"]\"", "12", "[[],[\"]\"]]", "{\"a\":{\"}\":\"\\\\\\\"{\"}}", "null", "-1.5e3", "nope",
            "{\n}",
        ];
        byte[] bytes = Encoding.UTF8.GetBytes($"[{string.Join(" ,", elements)}\t]");
        var reader = new JsonArrayReader(new StreamBuffer(new TricklingStream(bytes, atOnce)), "in.json");

        var read = new List<string>();
        while (await reader.ReadAsync(Token))
            read.Add(Encoding.UTF8.GetString(reader.Element.Span));

        Assert.Equal(elements, read);
    }

    [Fact]
    public async Task Bad_elements_are_rejected_with_their_location_and_the_others_are_read()
    {
        string[] elements =
        [
            Sample.Line("1"), "{\"id\": oops}", "\n\n12", "{\n\"id\":\"4\",\n  \"file_path\": nope}", Sample.Line("5"), "[]",
            "{\"id\":\"7\",\"file_path\":\"\",\"language\":\"\"}", "oops",
        ];
        string path = _folder.File("in.json");
        await File.WriteAllTextAsync(path, $"[{string.Join(',', elements)}]", Token);

        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(path);

        Assert.Null(error);
        Assert.Equal(["1", null, null, null, "5", null, null, null], records.Select(record => record.Value?.Id));
        Assert.Equal(
            [
                $"{path}:1: element 2: invalid JSON at byte 8 of the element: 'oops' is not expected here.",
                $"{path}:3: element 3: a record must be a JSON object, and this is a number.",
                $"{path}:3: element 4: invalid JSON in line 5, at byte 17 of it: 'nope' is not expected here.",
                $"{path}:5: element 6: a record must be a JSON object, and this is an array.",
                $"{path}:5: element 7: the field 'content' is missing.",
                $"{path}:5: element 8: invalid JSON at byte 1 of the element: a record must be a JSON object, and this element "
                + "starts with 'o'.",
            ],
            records.Select(record => record.Rejected?.Reason.Message).OfType<string>());
    }

    [Theory]
    [InlineData("[{0},{1},{2}", 1, "the file ends after element 3, and the array does not")]
    [InlineData("[{0},{1},{2},\n", 2, "the file ends after element 3, and the array does not")]
    [InlineData("[{0},\n{1},\n{2},\n{\"id\":\"4\",\n\"file", 5, "the file ends inside element 4, which starts in line 4")]
    [InlineData("[{0},{1},{2},{\"id\":\"4\\", 1, "the file ends inside element 4, which starts in line 1")]
    [InlineData("[{0},{1},{2},]", 1, "a comma before the ']'")]
    [InlineData("[{0},{1},{2}\n{\"id\":\"4\"}]", 2, "a comma is missing after element 3")]
    [InlineData("[{0},{1},{2},,{\"id\":\"4\"}]", 1, "two commas after element 3")]
    [InlineData("[{0},{1},{2}]\n{\"id\":\"4\"}", 2, "something follows the ']'")]
    [InlineData("[{0},{1},{2}][", 1, "something follows the ']'")]
    public async Task An_error_between_elements_ends_the_reading_after_the_elements_before_it(
        string format, long line, string problem)
    {
        string path = _folder.File("in.json");
        string text = format.Replace("{0}", Sample.Line("1"), StringComparison.Ordinal)
            .Replace("{1}", Sample.Line("2"), StringComparison.Ordinal)
            .Replace("{2}", Sample.Line("3"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text, Token);

        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(path);

        Assert.Equal(["1", "2", "3"], records.Select(record => record.Value!.Id));
        Assert.Equal(new SnippetSource(path, line), error!.Place);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_at_any_position_is_detected_and_the_records_before_it_are_read()
    {
        string[] elements = [Sample.Line("1"), "{\"id\":\"2\",\"file_path\":\"\\\\\",\"language\":\"\",\"content\":\"[\\\"]\"}"];
        byte[] bytes = Encoding.UTF8.GetBytes($"[{elements[0]} ,{elements[1]}]");
        int first = 1 + elements[0].Length, second = bytes.Length - 1;
        for (int cut = 1; cut < bytes.Length; cut++)
        {
            string path = _folder.File("in.json");
            await File.WriteAllBytesAsync(path, bytes[..cut], Token);

            (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(path);

            Assert.True(error is not null, $"Cut at {cut}.");
            Assert.Equal(cut >= second ? 2 : cut >= first ? 1 : 0, records.Count(record => !record.IsRejected));
        }
    }

    [Fact]
    public async Task An_element_that_is_too_long_is_the_only_one_lost_and_is_not_kept_in_memory()
    {
        string path = _folder.File("in.json");
        await using (var file = new StreamWriter(path))
        {
            await file.WriteAsync($"[{Sample.Line("1")},\n{{\"id\":\"2\",\"content\":\"");
            string part = new('\\', 1 << 20);
            for (int i = 0; i < 65; i++)
                await file.WriteAsync(part);

            await file.WriteAsync($"]\"}},\n{Sample.Line("3")}]");
        }

        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(path);

        Assert.Null(error);
        Assert.Equal(["1", null, "3"], records.Select(record => record.Value?.Id));
        RejectedRecord rejected = records[1].Rejected!;
        Assert.StartsWith(
            $"{path}:2: element 2: the element is longer than 64 MiB", rejected.Reason.Message, StringComparison.Ordinal);
        Assert.True(rejected.Record.IsEmpty);
        Assert.Equal($"{path}:3: element 3", $"{records[2].Value!.Source}");
    }

    [Fact]
    public async Task An_array_in_UTF16_is_reported_as_such()
    {
        byte[] bytes = Encoding.Unicode.GetBytes($"[{Sample.Line("1")}]");

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Reading.BytesAsync(_folder, bytes));

        Assert.Contains("the file is UTF-16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_reject_only_their_element()
    {
        byte[] bytes =
        [
            .. Encoding.UTF8.GetBytes($"[{Sample.Line("1")},{{\"id\":\""), 0xFF,
            .. Encoding.UTF8.GetBytes($"\"}},{Sample.Line("3")}]"),
        ];
        await File.WriteAllBytesAsync(_folder.File("in.json"), bytes, Token);

        (List<Outcome<CodeSnippet>> records, _) = await Reading.UpToErrorAsync(_folder.File("in.json"));

        Assert.Equal(["1", null, "3"], records.Select(record => record.Value?.Id));
        Assert.Contains("the element is not valid UTF-8", records[1].Rejected!.Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_array()
    {
        var reader = new JsonArrayReader(new StreamBuffer(new EndlessArray()), "in.json");
        for (int i = 0; i < 10; i++)
            await reader.ReadAsync(Token);

        // The stream answers at once, so that all the work is done on this thread.
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (reader.ElementNumber < 200_000)
            await reader.ReadAsync(Token);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>An array that repeats one record.</summary>
    private sealed class EndlessArray : MemoryStream
    {
        private static readonly byte[] Element = Encoding.UTF8.GetBytes(Sample.Line("1", new string('x', 1000)) + ",\n");

        private bool _isOpen;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ReadOnlySpan<byte> next = _isOpen ? Element : "["u8;
            _isOpen = true;
            int count = next.Length == 1 ? 1 : Math.Min(buffer.Length / next.Length, 50);
            for (int i = 0; i < count; i++)
                next.CopyTo(buffer.Span[(i * next.Length)..]);

            return ValueTask.FromResult(count * next.Length);
        }
    }
}
