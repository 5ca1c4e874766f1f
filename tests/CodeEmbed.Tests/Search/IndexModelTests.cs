using System.Text.Json;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>The file next to a file of embeddings: when it is written, kept and removed, and how it is used.</summary>
public sealed class IndexModelTests : IDisposable
{
    private const string Fingerprint = "0123456789abcdef";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _folder.File("index.jsonl");

    private string Beside => Target + ".model.json";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_has_all_settings_for_a_question()
    {
        await WriteAsync(Model(Fingerprint));

        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(Beside, Token));
        JsonElement root = json.RootElement;
        Assert.Equal(1, root.GetProperty("format").GetInt32());
        Assert.Equal("owner/name", root.GetProperty("model").GetString());
        Assert.Equal("abcd", root.GetProperty("revision").GetString());
        Assert.Equal("tiny", root.GetProperty("model_name").GetString());
        Assert.Equal(Fingerprint, root.GetProperty("fingerprint").GetString());
        Assert.Equal(1, root.GetProperty("dimensions").GetInt32());
        Assert.Equal(77, root.GetProperty("max_length").GetInt32());
        Assert.Equal("int8", root.GetProperty("precision").GetString());
        Assert.False(root.GetProperty("normalize").GetBoolean());
        Assert.Equal("cls, max", root.GetProperty("pooling").GetString());
        Assert.Equal(1, root.GetProperty("kept_dimensions").GetInt32());
        Assert.Equal("passage: ", root.GetProperty("prompt").GetString());
        Assert.Equal("query: ", root.GetProperty("prompts").GetProperty("query").GetString());
        Assert.Equal("ff", root.GetProperty("settings").GetProperty("weights").GetString());
    }

    [Fact]
    public async Task Its_options_are_the_ones_used_for_the_vectors()
    {
        await WriteAsync(Model(Fingerprint));

        EmbeddingServiceOptions options = IndexModel.Load(Target)!.Apply(
            new EmbeddingServiceOptions { Model = "elsewhere", Threads = 3, PromptName = "x" });

        Assert.Equal(
            new EmbeddingServiceOptions
            {
                Model = "elsewhere",
                Threads = 3,
                MaxLength = 77,
                Precision = EmbeddingPrecision.Int8,
                Normalize = false,
                Pooling = EmbeddingPooling.Cls | EmbeddingPooling.Max,
                Dimensions = 1,
                Prompt = "passage: ",
            },
            options);
    }

    [Fact]
    public async Task A_users_folder_is_named_by_its_full_path()
    {
        EmbeddingModel model = Model(Fingerprint);
        await WriteAsync(model with
        {
            Options = model.Options! with { ModelSource = null, Model = ".", BaseFolder = _folder.Path },
        });

        Assert.Equal(_folder.Path, IndexModel.Load(Target)!.Model);
    }

    [Fact]
    public async Task There_is_no_model_file_for_embeddings_from_different_models()
    {
        await WriteAsync(Model(Fingerprint));
        await WriteAsync(Model(Fingerprint), fingerprints: [Fingerprint, "ff"]);

        Assert.False(File.Exists(Beside));
    }

    [Fact]
    public async Task An_outdated_model_file_is_replaced_or_removed_with_the_embeddings()
    {
        await WriteAsync(Model("aa"), fingerprints: ["aa"]);
        await WriteAsync(Model("bb"), fingerprints: ["bb"]);
        Assert.Equal("bb", IndexModel.Load(Target)!.Fingerprint);

        await WriteAsync(model: null, fingerprints: ["cc"]);
        Assert.False(File.Exists(Beside));
    }

    [Fact]
    public async Task A_failed_run_leaves_it_unchanged()
    {
        await WriteAsync(Model("aa"), fingerprints: ["aa"]);
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            writer.Begin(new EmbeddingRun { Model = Model("bb") });
            await writer.WriteAsync([Embedding("bb")], Token);
        }

        Assert.Equal("aa", IndexModel.Load(Target)!.Fingerprint);
        Assert.Equal(
            ["index.jsonl", "index.jsonl.model.json", "index.jsonl.partial", "index.jsonl.partial.json"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_partial_copy_has_the_model_file_of_the_whole()
    {
        await WriteAsync(Model(Fingerprint));
        string copy = _folder.File("copy.jsonl");
        await using (var writer = new JsonlEmbeddingWriter(copy))
        {
            writer.Begin(new EmbeddingRun { Inputs = [InputFile.Of(Target)] });
            await writer.WriteAsync([Embedding(Fingerprint)], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(await File.ReadAllTextAsync(Beside, Token), await File.ReadAllTextAsync(copy + ".model.json", Token));
    }

    [Fact]
    public async Task Imported_embeddings_have_the_model_file_of_their_model()
    {
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            writer.Begin(new EmbeddingRun { FindModel = fingerprint => fingerprint == Fingerprint ? Model(Fingerprint) : null });
            await writer.WriteAsync([Embedding(Fingerprint)], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(Fingerprint, IndexModel.Load(Target)!.Fingerprint);
    }

    [Fact]
    public async Task Appending_writes_a_missing_model_file_and_keeps_a_matching_one()
    {
        await WriteAsync(Model(Fingerprint));
        string before = await File.ReadAllTextAsync(Beside, Token);
        var append = new JsonlWriterOptions { Append = true };

        await WriteAsync(Model(Fingerprint) with { Threads = 9 }, append);
        Assert.Equal(before, await File.ReadAllTextAsync(Beside, Token));

        File.Delete(Beside);
        await WriteAsync(Model(Fingerprint), append);
        Assert.Equal(before, await File.ReadAllTextAsync(Beside, Token));

        await WriteAsync(Model("ff"), append with { AllowMixed = true }, "ff");
        Assert.Equal(before, await File.ReadAllTextAsync(Beside, Token));
    }

    [Fact]
    public async Task It_is_next_to_the_target_of_a_link()
    {
        Links.Require();
        await WriteAsync(Model(Fingerprint));
        string link = _folder.File("link.jsonl");
        File.CreateSymbolicLink(link, Target);

        Assert.Equal(Fingerprint, IndexModel.Load(link)!.Fingerprint);
    }

    [Theory]
    [InlineData("", "it is damaged")]
    [InlineData("{", "it is damaged")]
    [InlineData("{}", "it is damaged")]
    [InlineData("[]", "it is damaged")]
    [InlineData("null", "it is damaged")]
    public void A_damaged_model_file_is_named(string json, string problem)
    {
        File.WriteAllText(Beside, json);
        File.WriteAllText(Target, "");

        IndexException error = Assert.Throws<IndexException>(() => IndexModel.Load(Target));

        Assert.Contains(
            $"'{Beside}', which says which model made it, cannot be read: {problem}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_version_is_not_read()
    {
        await WriteAsync(Model(Fingerprint));
        File.WriteAllText(Beside, File.ReadAllText(Beside).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));

        Assert.Contains(
            "a later version", Assert.Throws<IndexException>(() => IndexModel.Load(Target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_model_file_is_replaced()
    {
        File.WriteAllText(Beside, "{");

        await WriteAsync(Model(Fingerprint));

        Assert.Equal(Fingerprint, IndexModel.Load(Target)!.Fingerprint);
    }

    [Fact]
    public void A_pipeline_may_not_write_to_it_elsewhere() => Assert.Contains(Beside, JsonlEmbeddingWriter.FilesOf(Target));

    private static CodeEmbedding Embedding(string fingerprint)
    {
        CodeEmbedding made = Sample.Embedding(Sample.Snippet("1"));
        return new CodeEmbedding
        {
            Snippet = made.Snippet,
            Vector = made.Vector,
            ModelName = made.ModelName,
            Precision = made.Precision,
            Normalized = made.Normalized,
            TokenCount = made.TokenCount,
            TruncatedTokens = made.TruncatedTokens,
            Fingerprint = fingerprint,
        };
    }

    private static EmbeddingModel Model(string fingerprint) => new()
    {
        Name = "tiny",
        Dimensions = 1,
        MaxLength = 77,
        Device = EmbeddingDevice.Cpu,
        DeviceReason = "it is a test",
        Precision = EmbeddingPrecision.Int8,
        Fingerprint = fingerprint,
        FingerprintParts = new Dictionary<string, string> { ["prompt"] = "passage: ", ["weights"] = "ff" },
        Prompts = new Dictionary<string, string> { ["query"] = "query: " },
        Options = new EmbeddingServiceOptions
        {
            Model = "cache/snapshots/abcd",
            ModelSource = "owner/name",
            Revision = "abcd",
            Precision = EmbeddingPrecision.Int8,
            Normalize = false,
            Pooling = EmbeddingPooling.Cls | EmbeddingPooling.Max,
            Dimensions = 1,
        },
    };

    private async Task WriteAsync(
        EmbeddingModel? model, JsonlWriterOptions? options = null, params string[] fingerprints)
    {
        await using var writer = new JsonlEmbeddingWriter(Target, options);
        writer.Begin(new EmbeddingRun { Model = model });
        foreach (string fingerprint in fingerprints.Length > 0 ? fingerprints : [Fingerprint])
            await writer.WriteAsync([Embedding(fingerprint)], Token);

        await writer.CompleteAsync(Token);
    }
}
