using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Reuse;
using CodeEmbed.Pipeline;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Runs that reuse the vectors of unchanged snippets from an earlier output.</summary>
public sealed class ReuseTests : IDisposable
{
    private const int Count = 40, BatchSize = 4, Changed = 17;

    private readonly TemporaryFolder _folder = new();
    private readonly List<RejectedRecord> _damaged = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Index => _folder.File("index.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Unchanged_snippets_are_not_embedded_again_and_the_file_equals_a_fresh_run()
    {
        await EmbedAsync(Lines());
        string[] lines = Lines();
        lines[Changed] = Sample.Line($"{Changed}", "changed");
        byte[] fresh = await FreshAsync(lines);

        var service = new FakeService();
        PipelineSummary summary = await ReuseAsync(lines, service);

        Assert.Equal([$"{Changed}"], service.Embedded);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
        Assert.Equal(new ReuseReport(Count - 1, 1, 1), summary.Reuse);
        Assert.Equal((Count, Count, 1), (summary.Read, summary.Written, summary.Batches));
        Assert.Empty(_damaged);
        Assert.Equal([_folder.File("in.jsonl"), Index], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task The_file_equals_a_fresh_run_however_much_has_changed(int everyOther)
    {
        await EmbedAsync(Lines());
        string[] lines = [.. Lines().Select((line, i) => i % everyOther == 0 ? Sample.Line($"{i}", $"new {i}") : line)];
        byte[] fresh = await FreshAsync(lines);

        var service = new FakeService();
        await ReuseAsync(lines, service);

        Assert.Equal((Count + everyOther - 1) / everyOther, service.Embedded.Count);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
    }

    [Fact]
    public async Task Everything_but_the_vector_comes_from_the_new_input()
    {
        await EmbedAsync(Sample.LineWith("\"old\":1"));
        string line = """{"new":2,"content":"x = 1","language":"c","file_path":"b.c","id":"other"}""";
        byte[] fresh = await FreshAsync(line);

        await ReuseAsync([line], new FakeService { OnSnippet = _ => Assert.Fail("It was embedded.") });

        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
    }

    [Fact]
    public async Task The_name_is_the_name_of_the_running_model()
    {
        await EmbedAsync(Lines());

        var service = new FakeService { Name = "renamed" };
        await ReuseAsync(Lines(), service);

        Assert.Empty(service.Embedded);
        Assert.All(File.ReadLines(Index), line => Assert.Contains("\"model_name\":\"renamed\"", line));
    }

    [Fact]
    public async Task Records_with_another_fingerprint_are_counted_and_not_reused()
    {
        await EmbedAsync(Lines());
        using var reusable = new JsonlReusableEmbeddings([Index]);
        var service = new FakeService { Fingerprint = "0000000000000001" };

        PipelineSummary summary = await RunAsync(Lines()[1..], service, reusable);

        Assert.Equal(Count - 1, service.Embedded.Count);
        Assert.Equal((Count, Count), (reusable.Records, reusable.Incompatible));

        // The input still has the contents of all records but one.
        Assert.Equal(new ReuseReport(0, Count - 1, 1), summary.Reuse);
    }

    [Fact]
    public async Task Records_with_the_same_content_are_dropped_if_the_input_has_fewer_of_them()
    {
        await EmbedAsync(Sample.Line("1", "a"), Sample.Line("2", "a"), Sample.Line("3", "b"), Sample.Line("4", "c"));

        PipelineSummary summary = await ReuseAsync(
            [Sample.Line("5", "a"), Sample.Line("6", "c"), Sample.Line("7", "c"), Sample.Line("8", "d")], new FakeService());

        Assert.Equal(new ReuseReport(3, 1, 2), summary.Reuse);
    }

    [Fact]
    public async Task Without_input_all_records_are_dropped()
    {
        await EmbedAsync(Lines());

        PipelineSummary summary = await ReuseAsync([], new FakeService());

        Assert.Equal(new ReuseReport(0, 0, Count), summary.Reuse);
        Assert.Empty(await File.ReadAllBytesAsync(Index, Token));
    }

    [Theory]
    [InlineData("{\"id\":\"torn\",\"content\":\"x = 5\",\"vec")]
    [InlineData("no JSON")]
    [InlineData("[1]")]
    [InlineData("{\"id\":\"5\",\"file_path\":\"a.py\",\"language\":\"python\",\"content\":\"x = 5\"}")]
    public async Task A_damaged_line_is_named_and_embedded_again(string damaged) =>
        await RequireEmbeddedAgainAsync(_ => damaged);

    [Theory]
    [InlineData("\"vector\":[", "\"vector\":[\"1\",")]
    [InlineData("\"vector\":[", "\"vector\":[1e99,")]
    [InlineData("\"vector\":[", "\"vector\":[1,")]
    [InlineData("\"vector\":[", "\"vector\":[[1,{}],")]
    [InlineData("\"normalized\":false", "\"normalized\":0")]
    [InlineData("\"token_count\":3", "\"token_count\":-3")]
    [InlineData("\"truncated_tokens\":0,", "")]
    [InlineData("\"fingerprint\":\"00000000000000ff\"", "\"fingerprint\":null")]
    public async Task A_changed_record_is_named_and_embedded_again(string before, string after) =>
        await RequireEmbeddedAgainAsync(line => line.Replace(before, after, StringComparison.Ordinal));

    [Fact]
    public async Task A_line_that_changes_while_the_file_is_read_is_not_reused()
    {
        await EmbedAsync(Lines());
        byte[] bytes = await File.ReadAllBytesAsync(Index, Token);
        using JsonlReusableEmbeddings reusable = await BeginAsync();

        // Each record keeps its length, and stays valid.
        string changed = Encoding.UTF8.GetString(bytes).Replace("\"token_count\":3", "\"token_count\":4");
        using (FileStream file = File.Open(Index, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            await file.WriteAsync(Encoding.UTF8.GetBytes(changed), Token);

        foreach (CodeSnippet snippet in Lines().Select((_, i) => SnippetOf($"x = {i}")))
            Assert.Null(await reusable.FindAsync(snippet, Token));

        Assert.Contains("index.jsonl:1: the file was changed while it was read", Assert.Single(_damaged).Reason.Message);
    }

    [Fact]
    public async Task Replacing_the_file_meanwhile_is_harmless()
    {
        await EmbedAsync(Lines());
        using JsonlReusableEmbeddings reusable = await BeginAsync();
        File.Move(Index, _folder.File("moved.jsonl"));
        await File.WriteAllTextAsync(Index, "another\n", Token);

        CodeEmbedding? found = await reusable.FindAsync(SnippetOf("x = 5"), Token);

        Assert.Equal(FakeService.VectorOf("x = 5"), found!.Vector);
    }

    [Fact]
    public async Task A_file_that_has_changed_since_it_was_opened_is_an_error()
    {
        await EmbedAsync(Lines());
        using ReusableFile file = await ReusableFile.OpenAsync(Index, default, Token);
        await File.AppendAllTextAsync(Index, "more\n", Token);

        Assert.Contains("changed while it was read", Assert.Throws<IOException>(file.RequireUnchanged).Message);
    }

    [Fact]
    public async Task Compressed_lines_are_reused()
    {
        await EmbedAsync(Lines());
        string compressed = Compress(await File.ReadAllBytesAsync(Index, Token), "index.jsonl.gz");
        byte[] fresh = await FreshAsync(Lines());

        var service = new FakeService();
        using var reusable = new JsonlReusableEmbeddings([compressed]);
        await RunAsync(Lines(), service, reusable, compressed);

        Assert.Empty(service.Embedded);
        Assert.Equal(fresh, Decompress(compressed));
    }

    [Fact]
    public async Task Truncated_compressed_data_is_refused_as_a_whole()
    {
        await EmbedAsync(Lines());
        string compressed = Compress(await File.ReadAllBytesAsync(Index, Token), "old.jsonl.gz");
        using (FileStream file = File.OpenWrite(compressed))
            file.SetLength(file.Length - 10);

        using var reusable = new JsonlReusableEmbeddings([compressed]);
        InvalidInputException error = await Assert.ThrowsAsync<InvalidInputException>(
            () => RunAsync(Lines(), new FakeService(), reusable));

        Assert.Contains("cut short", error.Message, StringComparison.Ordinal);
        Assert.Contains("old.jsonl.gz", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_contents_is_reused_by_digest()
    {
        await EmbedAsync(Lines(), excludeContent: true);
        byte[] fresh = await FreshAsync(Lines());

        var service = new FakeService();
        await ReuseAsync(Lines(), service);

        Assert.Empty(service.Embedded);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
    }

    // The table keeps the first half of a digest, so this simulates two contents that share it.
    [Fact]
    public async Task A_record_is_not_mistaken_for_another_whose_digest_starts_the_same()
    {
        await EmbedAsync([Sample.Line("1", "x")], excludeContent: true);
        string digest = Convert.ToHexStringLower(SHA256.HashData("x"u8));
        string other = digest[..^1] + (digest[^1] == '0' ? '1' : '0');
        await File.WriteAllTextAsync(Index, (await File.ReadAllTextAsync(Index, Token)).Replace(digest, other), Token);

        var service = new FakeService();
        await ReuseAsync([Sample.Line("1", "x")], service);

        Assert.Equal(["1"], service.Embedded);
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("")]
    [InlineData("ä\\u00e4\\n\\\"\\/ 😀")]
    public async Task Any_content_is_found_again(string content)
    {
        await EmbedAsync(Sample.Line("1", content));

        var service = new FakeService();
        await ReuseAsync([Sample.Line("1", content)], service);

        Assert.Empty(service.Embedded);
    }

    [Fact]
    public async Task Records_of_several_files_are_reused()
    {
        await EmbedAsync(Lines()[..20]);
        File.Move(Index, _folder.File("first.jsonl"));
        await EmbedAsync(Lines()[20..]);
        File.Move(Index, _folder.File("second.jsonl"));
        byte[] fresh = await FreshAsync(Lines());

        var service = new FakeService();
        using var reusable = new JsonlReusableEmbeddings([_folder.File("first.jsonl"), _folder.File("second.jsonl")]);
        await RunAsync(Lines(), service, reusable);

        Assert.Empty(service.Embedded);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
    }

    [Fact]
    public async Task A_byte_order_mark_blank_lines_and_CRLF_do_not_hide_a_record()
    {
        await EmbedAsync(Lines());
        string text = await File.ReadAllTextAsync(Index, Token);
        await File.WriteAllTextAsync(Index, "\ufeff" + text.Replace("\n", "\r\n\r\n", StringComparison.Ordinal).TrimEnd(), Token);

        var service = new FakeService();
        await ReuseAsync(Lines(), service);

        Assert.Empty(service.Embedded);
        Assert.Empty(_damaged);
    }

    [Fact]
    public async Task An_interrupted_run_leaves_the_target_unchanged_and_is_resumed()
    {
        await EmbedAsync(Lines());
        byte[] old = await File.ReadAllBytesAsync(Index, Token);
        string[] lines = [.. Lines().Select((line, i) => i % 10 == 9 ? Sample.Line($"{i}", $"new {i}") : line)];
        byte[] fresh = await FreshAsync(lines);
        await Assert.ThrowsAsync<EmbeddingException>(
            () => ReuseAsync(lines, new FakeService { OnSnippet = id => FailAt(id, "29") }));
        Assert.Equal(old, await File.ReadAllBytesAsync(Index, Token));
        int kept = File.ReadLines(Index + ".partial").Count();

        var service = new FakeService();
        PipelineSummary summary = await ReuseAsync(lines, service);

        Assert.InRange(kept, 1, 29);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));

        // The snippets that the interrupted run finished are neither reused nor dropped.
        Assert.Equal(Count, kept + summary.Reuse!.Reused + summary.Reuse.Embedded);
        Assert.Equal(4, summary.Reuse.Dropped);
    }

    [Fact]
    public async Task An_invalid_snippet_is_rejected_although_its_content_could_be_reused()
    {
        await EmbedAsync(Sample.Line("1", "x"));
        using JsonlReusableEmbeddings reusable = await BeginAsync();

        Assert.Null(await reusable.FindAsync(Snippet(id: string.Empty), Token));
        Assert.NotNull(await reusable.FindAsync(Snippet(id: "1"), Token));

        static CodeSnippet Snippet(string id) => new() { Id = id, FilePath = "a", Language = "b", Content = "x" };
    }

    [Fact]
    public async Task An_output_is_not_appended_to_a_reused_file()
    {
        await EmbedAsync(Lines());
        byte[] old = await File.ReadAllBytesAsync(Index, Token);
        using var reusable = new JsonlReusableEmbeddings([Index]);
        await using var writer = new JsonlEmbeddingWriter(Index, new JsonlWriterOptions { Append = true });
        var pipeline = new EmbeddingPipeline(
            new JsonlSnippetReader(WriteInput(Lines())), new FakeService(), writer, reusable: reusable);

        IOException error = await Assert.ThrowsAsync<IOException>(() => pipeline.RunAsync(Token));

        Assert.Contains("reuses the vectors of", error.Message, StringComparison.Ordinal);
        await writer.DisposeAsync();
        Assert.Equal(old, await File.ReadAllBytesAsync(Index, Token));
    }

    [Fact]
    public async Task A_folder_or_a_missing_file_is_an_error()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => BeginAsync());
        Directory.CreateDirectory(Index);
        Assert.Contains("it is a folder", (await Assert.ThrowsAsync<IOException>(() => BeginAsync())).Message);
    }

    [Fact]
    public async Task A_file_of_another_format_is_an_error()
    {
        await File.WriteAllBytesAsync(Index, "PK\u0003\u0004 a zip file\n"u8.ToArray(), Token);

        Assert.Contains("zip", (await Assert.ThrowsAsync<InvalidInputException>(() => BeginAsync())).Message);
    }

    private static string[] Lines() => [.. Enumerable.Range(0, Count).Select(i => Sample.Line($"{i}", $"x = {i}"))];

    private static CodeSnippet SnippetOf(string content) =>
        new() { Id = "1", FilePath = "a.py", Language = "python", Content = content };

    private static void FailAt(string id, string wanted)
    {
        if (id == wanted)
            throw new EmbeddingException("the power went.", id);
    }

    private async Task RequireEmbeddedAgainAsync(Func<string, string> damage)
    {
        await EmbedAsync(Lines());
        string[] records = await File.ReadAllLinesAsync(Index, Token);
        Assert.NotEqual(records[5], damage(records[5]));
        records[5] = damage(records[5]);
        await File.WriteAllTextAsync(Index, string.Join('\n', records), Token);
        byte[] fresh = await FreshAsync(Lines());

        var service = new FakeService();
        await ReuseAsync(Lines(), service);

        Assert.Equal(["5"], service.Embedded);
        Assert.Equal(new SnippetSource(Index, 6), Assert.Single(_damaged).Source);
        Assert.Equal(fresh, await File.ReadAllBytesAsync(Index, Token));
    }

    /// <summary>Writes the input, unless it exists: a resumed run must find it unchanged.</summary>
    private string WriteInput(string[] lines)
    {
        string path = _folder.File("in.jsonl");
        return File.Exists(path) && File.ReadLines(path).SequenceEqual(lines) ? path : _folder.WriteLines("in.jsonl", lines);
    }

    /// <summary>Writes an index with these lines.</summary>
    private Task<PipelineSummary> EmbedAsync(params string[] lines) => RunAsync(lines, new FakeService(), reusable: null);

    private Task<PipelineSummary> EmbedAsync(string[] lines, bool excludeContent) =>
        RunAsync(lines, new FakeService(), reusable: null, excludeContent: excludeContent);

    /// <summary>The output of a run that reuses nothing.</summary>
    private async Task<byte[]> FreshAsync(params string[] lines)
    {
        string fresh = _folder.File("fresh.jsonl");
        await RunAsync(lines, new FakeService(), reusable: null, fresh);
        byte[] bytes = await File.ReadAllBytesAsync(fresh, Token);
        File.Delete(fresh);
        return bytes;
    }

    /// <summary>Runs with the index as the source of the vectors and as the target.</summary>
    private async Task<PipelineSummary> ReuseAsync(string[] lines, FakeService service)
    {
        using var reusable = new JsonlReusableEmbeddings([Index], _damaged.Add);
        return await RunAsync(lines, service, reusable);
    }

    private async Task<JsonlReusableEmbeddings> BeginAsync()
    {
        var reusable = new JsonlReusableEmbeddings([Index], _damaged.Add);
        try
        {
            await reusable.BeginAsync(await new FakeService().LoadAsync(Token), Token);
            return reusable;
        }
        catch
        {
            reusable.Dispose();
            throw;
        }
    }

    private async Task<PipelineSummary> RunAsync(
        string[] lines, FakeService service, IReusableEmbeddings? reusable, string? target = null, bool excludeContent = false)
    {
        await using var writer = new JsonlEmbeddingWriter(
            target ?? Index, new JsonlWriterOptions { Resume = true, ExcludeContent = excludeContent });
        return await new EmbeddingPipeline(
            new JsonlSnippetReader(WriteInput(lines)),
            service,
            writer,
            new BatchingOptions { BatchSize = BatchSize },
            reusable: reusable).RunAsync(Token);
    }

    private string Compress(byte[] bytes, string name)
    {
        string path = _folder.File(name);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(bytes);
        return path;
    }

    private static byte[] Decompress(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Derives a vector from each content, and records which snippets it embedded.</summary>
    private sealed class FakeService : IEmbeddingService
    {
        public List<string> Embedded { get; } = [];

        public Action<string>? OnSnippet { get; init; }

        public string Name { get; init; } = "fake";

        public string Fingerprint { get; init; } = "00000000000000ff";

        public EmbeddingModel? Model { get; private set; }

        /// <summary>Numbers of every size and precision, as a model produces them.</summary>
        public static float[] VectorOf(string content) =>
        [
            .. SHA256.HashData(Encoding.UTF8.GetBytes(content)).Take(8).Select(value => value / 256f),
            .. SHA256.HashData(Encoding.UTF8.GetBytes(content)).Take(8).Select(value => (value - 128) / 3e8f),
        ];

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(Model = new FakeEmbeddingService().Description with
        {
            Name = Name,
            Dimensions = 16,
            Fingerprint = Fingerprint,
        });

        public Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<Outcome<CodeEmbedding>>>([.. snippets.Select(EmbedOrReject)]);

        public void Dispose()
        {
        }

        private Outcome<CodeEmbedding> EmbedOrReject(CodeSnippet snippet)
        {
            try
            {
                OnSnippet?.Invoke(snippet.Id);
                Embedded.Add(snippet.Id);
                return new Outcome<CodeEmbedding>(new CodeEmbedding
                {
                    Snippet = snippet,
                    Vector = VectorOf(snippet.Content),
                    ModelName = Name,
                    Precision = EmbeddingPrecision.Float32,
                    Normalized = false,
                    TokenCount = 3,
                    TruncatedTokens = 0,
                    Fingerprint = Fingerprint,
                });
            }
            catch (EmbeddingException e)
            {
                return new Outcome<CodeEmbedding>(RejectedRecord.Of(snippet, e));
            }
        }
    }
}
