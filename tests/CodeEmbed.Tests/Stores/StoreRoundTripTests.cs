using CodeEmbed.Indexes;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Search;
using CodeEmbed.Stores;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Stores;

/// <summary>Data is read from a store as it was written.</summary>
public sealed class StoreRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats => StoreFiles.Formats;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_record_with_all_properties_is_read_back_completely(string name)
    {
        const string Line = """{"id":"ä \"1\"","file_path":"a\\b.py","language":"python","content":"x = '\u0000😀\u2028'\n","""
            + """
            "version":"1","git_hash":"g","chunk_name":"f","chunk_type":"function",
            """
            + """
            "metadata":{"a": [1, 2.50, null], "b\u2028": "\n"},"extra":{"c":1.0},"windows":3,"other":"\ud800"}
            """;
        CodeEmbedding whole = await StoreFiles.ParseAsync(_folder, Line, 0.1f, -1e-30f, float.MaxValue);
        var wide = new CodeEmbedding
        {
            Snippet = Sample.Snippet("2"),
            Vector = whole.Vector,
            ModelName = "tiny",
            Precision = EmbeddingPrecision.Int8,
            Normalized = false,
            TokenCount = 8,
            TruncatedTokens = 9,
            Windows = 4,
            Fingerprint = whole.Fingerprint,
        };

        CodeEmbedding[] read = await StoreFiles.ReadAsync(await StoreFiles.WriteAsync(_folder.File(name), whole, wide));

        Assert.Equal([whole.Vector, wide.Vector], read.Select(embedding => embedding.Vector));
        CodeSnippet snippet = read[0].Snippet;
        Assert.Equal("ä \"1\"", snippet.Id);
        Assert.Equal("a\\b.py", snippet.FilePath);
        Assert.Equal("python", snippet.Language);
        Assert.Equal("x = '\0😀\u2028'\n", snippet.Content);
        Assert.Equal(
            ("1", "g", "f", "function"), (snippet.Version, snippet.GitHash, snippet.ChunkName, snippet.ChunkType));
        Assert.Equal(
            (null, true, 7, "tiny", EmbeddingPrecision.Float32, "0123456789abcdef"),
            (read[0].Windows, read[0].Normalized, read[0].TokenCount, read[0].ModelName, read[0].Precision, read[0].Fingerprint));
        Assert.Equal(
            (4, false, 8, 9, EmbeddingPrecision.Int8),
            (read[1].Windows!.Value, read[1].Normalized, read[1].TokenCount, read[1].TruncatedTokens, read[1].Precision));

        // The rest is the original text.
        string again = await Writing.FileAsync(_folder, read);
        string text = File.ReadLines(again).First();
        Assert.Contains(""","metadata":{"a": [1, 2.50, null], "b\u2028": "\n"},""", text, StringComparison.Ordinal);
        Assert.Contains(""","extra":{"c":1.0},"windows":3,"other":"\ud800",""", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("index.safetensors", true)]
    [InlineData("index.parquet", false)]
    [InlineData("index.db", false)]
    public async Task A_lone_surrogate_is_kept_if_the_format_supports_it(string name, bool isKept)
    {
        CodeEmbedding embedding = Sample.Embedding(
            new CodeSnippet { Id = "1", FilePath = "a.py", Language = "python", Content = "x\ud800" });

        CodeEmbedding[] read = await StoreFiles.ReadAsync(await StoreFiles.WriteAsync(_folder.File(name), embedding));

        Assert.Equal(isKept ? "x\ud800" : "x\ufffd", Assert.Single(read).Snippet.Content);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Many_rows_are_read_back_in_order(string name)
    {
        // More than one row group of Parquet, and more than one page of everything.
        CodeEmbedding[] many = [.. StoreFiles.Many(5_000, dimensions: 3, contentLength: 4_000)];

        CodeEmbedding[] read = await StoreFiles.ReadAsync(await StoreFiles.WriteAsync(_folder.File(name), many));

        Assert.Equal(many.Select(embedding => embedding.Id), read.Select(embedding => embedding.Id));
        Assert.Equal(many.Select(embedding => embedding.Vector), read.Select(embedding => embedding.Vector));
        Assert.Equal(many.Select(embedding => embedding.Snippet.Content), read.Select(embedding => embedding.Snippet.Content));
        Assert.Equal(
            many.Select(embedding => embedding.Snippet.ChunkName), read.Select(embedding => embedding.Snippet.ChunkName));
        Assert.Equal([name], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task No_embeddings_produce_an_empty_store(string name)
    {
        string file = await StoreFiles.WriteAsync(_folder.File(name));

        Assert.Empty(await StoreFiles.ReadAsync(file));
        Assert.Null(IndexModel.Load(file, new EmbeddingStore()));
        Assert.Null(await new JsonlVectorSource(file) { Store = new EmbeddingStore() }.DescribeAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Contents_can_be_excluded(string name)
    {
        string file = _folder.File(name);
        var options = new JsonlWriterOptions { Store = new EmbeddingStore(), ExcludeContent = true };
        await using (var writer = new JsonlEmbeddingWriter(file, options))
        {
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Null(Assert.Single(await StoreFiles.ReadAsync(file)).Snippet.Content);

        // printf 'x = 1' | sha256sum
        string again = await Writing.FileAsync(_folder, await StoreFiles.ReadAsync(file));
        Assert.Contains(
            "\"content_sha256\":\"8ff436def1451285599a1b1ad70800493b8dcafde2912e1a38345633054e4c26\"",
            await File.ReadAllTextAsync(again, Token),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Two_models_are_not_written_to_one_store(string name)
    {
        CodeEmbedding one = Sample.Embedding(Sample.Snippet("1"));
        var other = new CodeEmbedding
        {
            Snippet = Sample.Snippet("2"),
            Vector = [1],
            ModelName = "tiny",
            Precision = EmbeddingPrecision.Float32,
            Normalized = true,
            TokenCount = 7,
            TruncatedTokens = 0,
            Fingerprint = "fedcba9876543210",
        };

        var error = await Assert.ThrowsAsync<OutputException>(
            () => StoreFiles.WriteAsync(_folder.File(name), one, other));

        Assert.Equal(OutputProblem.SeveralModels, error.Problem);
        Assert.False(File.Exists(_folder.File(name)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_store_names_its_model(string name)
    {
        string first = await WriteOfModelAsync(_folder.File(name));
        IndexModel model = IndexModel.Load(first, new EmbeddingStore())!;
        Assert.Equal(("0123456789abcdef", "a/b", 1), (model.Fingerprint, model.Model, model.Dimensions));
        Assert.False(File.Exists(IndexModel.PathFor(first)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_existing_store_is_kept_until_the_end_and_a_run_is_resumed(string name)
    {
        string file = await StoreFiles.WriteAsync(_folder.File(name), Sample.Embedding(Sample.Snippet("before")));
        byte[] before = await File.ReadAllBytesAsync(file, Token);
        var options = new JsonlWriterOptions { Store = new EmbeddingStore() };
        await using (var writer = new JsonlEmbeddingWriter(file, options))
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);

        Assert.Equal(before, await File.ReadAllBytesAsync(file, Token));
        Assert.Single(await File.ReadAllLinesAsync(file + ".partial", Token));

        await using (var writer = new JsonlEmbeddingWriter(file, options with { Resume = true }))
        {
            await writer.WriteAsync([.. Sample.Snippets(2).Select(snippet => Sample.Embedding(snippet))], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(["1", "2"], (await StoreFiles.ReadAsync(file)).Select(embedding => embedding.Id));
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_leftover_file_of_a_killed_run_is_replaced(string name)
    {
        string file = _folder.File(name);
        await File.WriteAllTextAsync(file + ".compressed", "left", Token);

        await StoreFiles.WriteAsync(file, Sample.Embedding(Sample.Snippet("1")));

        Assert.Single(await StoreFiles.ReadAsync(file));
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Nothing_is_appended_to_a_store(string name)
    {
        string file = await StoreFiles.WriteAsync(_folder.File(name), Sample.Embedding(Sample.Snippet("1")));

        var error = Assert.Throws<IOException>(
            () => new JsonlEmbeddingWriter(file, new JsonlWriterOptions { Store = new EmbeddingStore(), Append = true }));

        Assert.Contains("always written whole", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_path_may_contain_unusual_characters(string name)
    {
        string folder = _folder.File("a b%20?#[1]&ü");
        Directory.CreateDirectory(folder);

        string file = await StoreFiles.WriteAsync(Path.Combine(folder, "x?y#z%41" + name), Sample.Embedding(Sample.Snippet("1")));

        Assert.Single(await StoreFiles.ReadAsync(file));
        Assert.Equal([file], Directory.GetFiles(folder));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Its_vectors_are_searched_and_reused(string name)
    {
        CodeEmbedding[] many = [.. StoreFiles.Many(2_500, dimensions: 8)];
        string file = await StoreFiles.WriteAsync(_folder.File(name), many);

        int found = 0;
        await foreach (VectorBlock block in new JsonlVectorSource(file) { Store = new EmbeddingStore() }.ReadAsync(Token))
        {
            for (int i = 0; i < block.Count; i++, found++)
            {
                Assert.Equal(many[found].Vector, block.VectorAt(i));
                Assert.Equal(many[found].Snippet.FilePath, block.FilePathAt(i));
            }
        }

        Assert.Equal(many.Length, found);
        using var reusable = new JsonlReusableEmbeddings([file]) { Store = new EmbeddingStore() };
        await reusable.BeginAsync(Model(dimensions: 8), Token);
        Assert.Equal(many.Length, reusable.Records);
        Assert.Equal(many[1_234].Vector, (await reusable.FindAsync(many[1_234].Snippet, Token))!.Vector);
    }

    private static EmbeddingModel Model(int dimensions) => new()
    {
        Name = "a/b",
        Options = new EmbeddingServiceOptions { Model = "a/b" },
        Device = EmbeddingDevice.Cpu,
        DeviceReason = string.Empty,
        Precision = EmbeddingPrecision.Float32,
        Dimensions = dimensions,
        MaxLength = 8,
        Fingerprint = "0123456789abcdef",
    };

    private async Task<string> WriteOfModelAsync(string file)
    {
        string beside = await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1")));
        await using var writer = new JsonlEmbeddingWriter(file, new JsonlWriterOptions { Store = new EmbeddingStore() });
        writer.Begin(new EmbeddingRun { Model = Model(dimensions: 1) });
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(beside).ReadAsync(Token))
            await writer.WriteAsync([record.Value!], Token);

        await writer.CompleteAsync(Token);
        return file;
    }
}
