using System.IO.Compression;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Tests.Core;
using CodeEmbed.Tests.Staged;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Shards;

/// <summary>The shards of an input together contain the same records as the whole input, in order and each once.</summary>
public sealed class ShardReadingTests : IDisposable
{
    private static readonly int[] Counts = [1, 2, 3, 7, 40, 1000];

    private static readonly string[] SomeOfThem = ["lines.jsonl", "array.json.gz", "crlf.jsonl"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int> InputsAndCounts => new(
        from input in Texts.Keys from count in Counts select (input, count));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Inputs by name; the name describes the format.</summary>
    private static Dictionary<string, byte[]> Texts { get; } = new()
    {
        ["lines.jsonl"] = Lines("\n", end: true),
        ["no-last-end.jsonl"] = Lines("\n", end: false),
        ["crlf.jsonl"] = Lines("\r\n", end: true),
        ["cr.jsonl"] = Lines("\r", end: true),
        ["cr-and-lf.jsonl"] = Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, 30).Select(i => Record(i) + (i % 3 == 0 ? "\n" : "\r")))),
        ["mark.jsonl"] = [0xEF, 0xBB, 0xBF, .. Lines("\n", end: true)],
        ["blank.jsonl"] = Lines("\n\n \n", end: true),
        ["bad.jsonl"] = Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, 30).Select(i => (i % 4 == 1 ? "{\"id\":" : Record(i)) + "\n"))),
        ["one.jsonl"] = Encoding.UTF8.GetBytes(Record(0) + "\n"),
        ["none.jsonl"] = [],
        ["array.json"] = Encoding.UTF8.GetBytes("\n[ " + string.Join(" ,\n\n", Enumerable.Range(0, 30).Select(Record)) + " ]\n"),
        ["bad-array.json"] = Encoding.UTF8.GetBytes(
            "[" + string.Join(",\n", Enumerable.Range(0, 30).Select(i => i % 4 == 1 ? "{\"id\":1}" : Record(i))) + "]"),
        ["lines.jsonl.gz"] = [.. Gzip(Lines("\n", end: true)), .. Gzip(Lines("\r\n", end: false))],
        ["bad.jsonl.zst"] = Zstd(Encoding.UTF8.GetBytes(Record(0) + "\n[]\n" + Record(1) + "\r\n" + Record(2))),
        ["array.json.gz"] = Gzip(Encoding.UTF8.GetBytes("[" + string.Join(",", Enumerable.Range(0, 30).Select(Record)) + "]")),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(InputsAndCounts))]
    public async Task Shards_of_a_file_have_each_record_once_in_order_with_its_location(string input, int count)
    {
        string file = Write(input);

        Assert.Equal(await WholeAsync(file), await JoinedAsync(count, file));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public async Task Shards_of_several_files_of_all_kinds_do_too(int count)
    {
        string[] files = [.. Texts.Keys.Select(Write)];
        var whole = new List<string>();
        foreach (string file in files)
            whole.AddRange(await WholeAsync(file));

        Assert.Equal(whole, await JoinedAsync(count, files));
    }

    /// <summary>Only the position where a record starts decides; it is counted by hand here.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    public async Task A_record_belongs_to_the_piece_in_which_it_starts(int count)
    {
        string[] lines = [.. Enumerable.Range(0, 50).Select(i => Record(i) + "\n")];
        string file = _folder.File("in.jsonl");
        await File.WriteAllTextAsync(file, string.Concat(lines), Token);
        long total = lines.Sum(line => Encoding.UTF8.GetByteCount(line)), start = 0;
        var expected = Enumerable.Range(0, count).Select(_ => new List<string>()).ToArray();
        for (int i = 0; i < lines.Length; i++)
        {
            int shard = Enumerable.Range(0, count).Last(index => total * index / count <= start);
            expected[shard].Add($"{i}");
            start += Encoding.UTF8.GetByteCount(lines[i]);
        }

        for (int index = 0; index < count; index++)
            Assert.Equal(expected[index], (await ReadAsync(index, count, file)).Select(record => record.Value!.Id));
    }

    [Fact]
    public async Task Only_its_piece_of_a_plain_file_is_read_unless_a_line_number_is_requested()
    {
        string[] lines = [.. Enumerable.Range(0, 2000).Select(i => Record(i) + "\n")];
        string file = _folder.File("in.jsonl");
        await File.WriteAllTextAsync(file, string.Concat(lines), Token);

        ShardPlan plan = await PlanAsync(3, 4, file);
        ShardPiece piece = Assert.Single(plan.Pieces);
        var records = new List<CodeSnippet>();

        // The text before the piece is made invalid as JSON, but keeps its lines.
        byte[] bytes = await File.ReadAllBytesAsync(file, Token);
        for (long i = 8; i < piece.Range.Start - 1; i++)
            bytes[i] = bytes[i] == '\n' ? (byte)'\n' : (byte)'#';

        await File.WriteAllBytesAsync(file, bytes, Token);
        await foreach (Outcome<CodeSnippet> record in Reader(piece).ReadAsync(Token))
            records.Add(record.Value!);

        Assert.All(records, record => Assert.Equal(int.Parse(record.Id, null) + 1, record.Source!.Line));
        Assert.Equal("1999", records[^1].Id);
    }

    [Fact]
    public async Task A_line_longer_than_allowed_is_counted_once()
    {
        string file = _folder.File("in.jsonl");
        await using (var text = new StreamWriter(file))
        {
            text.Write(Record(0) + "\n" + "{\"id\":\"" + new string('x', 65 * 1024 * 1024) + "\n");
            for (int i = 1; i < 20; i++)
                text.Write(Record(i) + "\n");

            text.Write(new string('y', 65 * 1024 * 1024) + "\n" + Record(20) + "\n{}\n");
        }

        Assert.Equal(await WholeAsync(file), await JoinedAsync(5, file));
    }

    [Fact]
    public async Task Every_shard_reports_an_error_of_the_file()
    {
        string file = _folder.File("utf16.jsonl");
        await File.WriteAllBytesAsync(file, Encoding.Unicode.GetPreamble().Concat(
            Encoding.Unicode.GetBytes(string.Concat(Enumerable.Range(0, 50).Select(i => Record(i) + "\n")))).ToArray(), Token);

        for (int index = 0; index < 3; index++)
        {
            InvalidInputException error =
                await Assert.ThrowsAsync<InvalidInputException>(async () => await ReadAsync(index, 3, file));
            Assert.Contains("must be UTF-8", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Damaged_compressed_data_is_reported_when_the_shard_is_planned()
    {
        string file = _folder.File("in.jsonl.gz");
        byte[] bytes = Gzip(Lines("\n", end: true));
        await File.WriteAllBytesAsync(file, bytes[..^10], Token);

        InvalidInputException error = await Assert.ThrowsAsync<InvalidInputException>(() => PlanAsync(0, 2, file));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_progress_of_a_shard_goes_from_0_to_1()
    {
        string[] files = [.. SomeOfThem.Select(Write)];
        var fractions = new List<double>();
        foreach (ShardPiece piece in (await PlanAsync(1, 3, files)).Pieces)
        {
            var records = new JsonlRecords<object>(
                piece.File, piece.Share, new FileAdapters(new ZstandardCodec()), (_, place) => place.InputFraction!.Value)
            {
                Range = piece.Range,
            };
            await foreach (Outcome<object> fraction in records.ReadAsync(Token))
                fractions.Add((double)fraction.Value!);
        }

        Assert.Equal(fractions.Order(), fractions);
        Assert.InRange(fractions[0], 0, 0.2);
        Assert.InRange(fractions[^1], 0.8, 1);
    }

    private static string Record(int i) => InputFiles.Record($"{i}", new string('x', i * 7 % 50) + "é");

    private static byte[] Lines(string separator, bool end) => Encoding.UTF8.GetBytes(
        string.Join(separator, Enumerable.Range(0, 30).Select(Record)) + (end ? separator : string.Empty));

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);

        return packed.ToArray();
    }

    private static byte[] Zstd(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (Stream zstandard = new ZstandardCodec().Compress(packed))
            zstandard.Write(bytes);

        return packed.ToArray();
    }

    private static JsonlSnippetReader Reader(ShardPiece piece) =>
        new(piece.File) { Range = piece.Range, Zstandard = new ZstandardCodec() };

    private static Task<ShardPlan> PlanAsync(int index, int count, params string[] files) =>
        ShardPlan.OfAsync(files, index, count, _ => new ZstandardCodec(), Token).AsTask();

    private static async Task<List<Outcome<CodeSnippet>>> ReadAsync(int index, int count, params string[] files)
    {
        var records = new List<Outcome<CodeSnippet>>();
        foreach (ShardPiece piece in (await PlanAsync(index, count, files)).Pieces)
        {
            await foreach (Outcome<CodeSnippet> record in Reader(piece).ReadAsync(Token))
                records.Add(record);
        }

        return records;
    }

    private static async Task<List<string>> JoinedAsync(int count, params string[] files)
    {
        var joined = new List<string>();
        for (int index = 0; index < count; index++)
            joined.AddRange((await ReadAsync(index, count, files)).Select(Describe));

        return joined;
    }

    private static async Task<List<string>> WholeAsync(string file)
    {
        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) = await Reading.UpToErrorAsync(file);
        Assert.Null(error);
        return [.. records.Select(Describe)];
    }

    private static string Describe(Outcome<CodeSnippet> record) => record.IsRejected
        ? $"{record.Rejected.Source} {record.Rejected.Id} {record.Rejected.Reason.Message}"
        : $"{record.Value.Source} {record.Value.Id} {record.Value.Content}";

    private string Write(string name)
    {
        string file = _folder.File(name);
        File.WriteAllBytes(file, Texts[name]);
        return file;
    }
}
