using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The contract of the service: what it checks, loads, returns and leaves behind.</summary>
[Collection(Alone.Name)]
public sealed class OnnxEmbeddingServiceTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_budget_above_half_a_billion_gives_a_valid_number_of_batches()
    {
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { MaxBatchTokens = 600_000_000 },
            ExecutionProvider.ProcessorAsDevice);
        await service.LoadAsync(TestContext.Current.CancellationToken);

        // Four runs of batches of 12 snippets of 64 tokens.
        Assert.Equal(3_125_000, service.BatchesAtOnce);
    }

    [Fact]
    public void There_is_no_model_before_the_first_batch()
    {
        using var service = new OnnxEmbeddingService(_model.Options);

        Assert.Null(service.Model);
    }

    [Fact]
    public void The_first_batch_loads_the_model_and_describes_it()
    {
        using var service = new OnnxEmbeddingService(_model.Options);

        CodeEmbedding embedding = Embed(service, "x").Single();

        var expected = new EmbeddingModel
        {
            Name = ModelCopy.Name,
            Dimensions = 64,
            MaxLength = 512,
            Device = EmbeddingDevice.Cpu,
            DeviceReason = "it was requested",
            Precision = EmbeddingPrecision.Float32,
            Fingerprint = embedding.Fingerprint,
            FingerprintParts = service.Model!.FingerprintParts,
            Options = _model.Options,
            Prompts = service.Model.Prompts,
            Threads = service.Model.Threads,
            Runtime = "ONNX Runtime 1.31.0",
        };
        Assert.Equal(expected, service.Model);
        Assert.Equal(
            ["arithmetic", "precision", "pooling", "normalized", "max_length", "architecture", "tokenizer", "weights"],
            service.Model.FingerprintParts.Keys);
    }

    [Fact]
    public void An_embedding_names_its_snippet_and_its_model()
    {
        CodeSnippet snippet = Snippets.Of("x");
        using var service = new OnnxEmbeddingService(_model.Options);

        CodeEmbedding embedding = service.EmbedBatch([snippet], TestContext.Current.CancellationToken).Single();

        Assert.Same(snippet, embedding.Snippet);
        Assert.Equal(
            (ModelCopy.Name, EmbeddingPrecision.Float32, true, 3, 0, 64),
            (embedding.ModelName, embedding.Precision, embedding.Normalized,
                embedding.TokenCount, embedding.TruncatedTokens, embedding.Vector.Length));
    }

    [Fact]
    public void An_empty_batch_returns_no_embeddings()
    {
        using var service = new OnnxEmbeddingService(_model.Options);

        Assert.Empty(Embed(service));
    }

    [Fact]
    public void The_model_is_loaded_once()
    {
        using var service = new OnnxEmbeddingService(_model.Options);
        float[] first = Embed(service, "x").Single().Vector;
        File.Delete(_model.File("config.json"));

        Assert.Equal(first, Embed(service, "x").Single().Vector);
    }

    [Fact]
    public void Loading_a_model_can_be_retried_after_a_failure()
    {
        string config = File.ReadAllText(_model.File("config.json"));
        File.Delete(_model.File("config.json"));
        using var service = new OnnxEmbeddingService(_model.Options);
        Assert.Throws<ModelLoadException>(() => Embed(service, "x"));
        Assert.Null(service.Model);
        File.WriteAllText(_model.File("config.json"), config);

        Assert.Single(Embed(service, "x"));
    }

    [Fact]
    public void A_programming_error_is_not_reported_as_a_model_that_cannot_be_loaded()
    {
        using var service = new OnnxEmbeddingService(_model.Options with { Device = (EmbeddingDevice)(-1) });

        Assert.Throws<InvalidOperationException>(() => Embed(service, "x"));
    }

    [Fact]
    public void A_failure_to_load_names_the_model_as_requested()
    {
        _model.RemoveWeights();
        var options = new EmbeddingServiceOptions
        {
            Model = $"./{ModelCopy.Name}",
            BaseFolder = Path.GetDirectoryName(_model.Path),
        };
        using var service = new OnnxEmbeddingService(options);

        ModelLoadException exception = Assert.Throws<ModelLoadException>(() => Embed(service, "x"));

        Assert.Equal($"./{ModelCopy.Name}", exception.Model);
        Assert.StartsWith($"The model './{ModelCopy.Name}' cannot be loaded: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snippet_without_content_is_refused_before_the_model_is_searched()
    {
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = "no-such-model" });

        SnippetValidationException exception = Assert.Throws<SnippetValidationException>(() => Embed(service, [null!]));

        Assert.Equal(("content", "1"), (exception.Field, exception.SnippetId));
    }

    [Fact]
    public void A_vector_with_a_NaN_fails_the_batch_and_names_the_snippet()
    {
        PoisonRowOf("~");
        using var service = new OnnxEmbeddingService(_model.Options);

        EmbeddingException exception = Assert.Throws<EmbeddingException>(() => Embed(service, "x", "a~b", "y"));

        Assert.Equal("2", exception.SnippetId);
        Assert.Contains("'2'", exception.Reason, StringComparison.Ordinal);
        Assert.Contains("NaN", exception.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_batch_does_not_affect_the_next()
    {
        PoisonRowOf("~");
        using var service = new OnnxEmbeddingService(_model.Options);
        Assert.Throws<EmbeddingException>(() => Embed(service, "a~b"));

        using var untouched = new ModelCopy();
        Assert.Equal(untouched.Embed("x").Vector, Embed(service, "x").Single().Vector);
    }

    [Fact]
    public void The_memory_of_a_completely_failed_batch_is_not_quadratic_in_its_size()
    {
        PoisonRowOf("~");
        using var service = new OnnxEmbeddingService(_model.Options);
        CodeSnippet[] snippets =
            [.. Enumerable.Range(0, 1_000).Select(number => Snippets.Of("~", $"{new string('i', 1_000)}{number}"))];
        Assert.Throws<EmbeddingException>(() => Embed(service, "~"));
        long before = GC.GetTotalAllocatedBytes(precise: true);

        var error = Assert.Throws<EmbeddingException>(() => service.EmbedBatch(snippets, TestContext.Current.CancellationToken));

        // A message that names all ids would have 2 MB; one for each snippet would have 2 GB in total.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 200_000_000);
        Assert.Contains("'iiii", error.Reason, StringComparison.Ordinal);
        Assert.InRange(error.Reason.Length, 1, 300);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_run_needs_at_least_one_thread(int threads)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _model.Options with { Threads = threads });

        Assert.Equal("Threads", error.ParamName);
    }

    [Fact]
    public void Concurrent_threads_share_one_model()
    {
        using var service = new OnnxEmbeddingService(_model.Options);
        var models = new EmbeddingModel?[4];

        Parallel.For(0, models.Length, new ParallelOptions { MaxDegreeOfParallelism = models.Length }, thread =>
        {
            Embed(service, "x");
            models[thread] = service.Model;
        });

        Assert.All(models, model => Assert.Same(models[0], model));
    }

    [Fact]
    public void The_folder_of_the_model_is_not_changed()
    {
        string[] before = Describe(_model.Path);

        _model.Embed();

        Assert.Equal(before, Describe(_model.Path));
    }

    [Fact]
    public async Task Nothing_is_left_in_the_temporary_folder()
    {
        string[] before = SessionFolders();

        _model.Embed();

        // Other tests load models at the same time; their folders disappear on their own.
        string[] left = [.. SessionFolders().Except(before)];
        for (int tries = 0; tries < 200 && left.Any(Directory.Exists); tries++)
            await Task.Delay(50, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(left, Directory.Exists);
    }

    [Fact]
    public void A_disposed_model_releases_its_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the mapped files.");

        _model.Embed();

        Assert.DoesNotContain(_model.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void Disposing_a_service_that_loaded_nothing_succeeds()
    {
        var service = new OnnxEmbeddingService(_model.Options);

        service.Dispose();

        Assert.Null(service.Model);
    }

    private static IReadOnlyList<CodeEmbedding> Embed(OnnxEmbeddingService service, params string[] contents) =>
        service.EmbedBatch(
            [.. contents.Select((content, i) => Snippets.Of(content, $"{i + 1}"))], TestContext.Current.CancellationToken);

    private static string[] Describe(string folder) =>
    [
        .. new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories)
            .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal),
    ];

    /// <summary>The folders that loading a model could leave behind; the folders of the tests have longer names.</summary>
    private static string[] SessionFolders() =>
    [
        .. Directory.GetDirectories(Path.GetTempPath(), "codeembed-*")
            .Where(path => !Path.GetFileName(path).StartsWith("codeembed-tests-", StringComparison.Ordinal)),
    ];

    /// <summary>Sets the word embedding of a token to NaN.</summary>
    private void PoisonRowOf(string token)
    {
        int id = (int)JsonNode.Parse(File.ReadAllText(_model.File("vocab.json")))![token]!;
        SafetensorsBuilder weights = SafetensorsBuilder.Read(_model.File("model.safetensors"));
        MemoryMarshal.Cast<byte, float>(weights.Data("embeddings.word_embeddings.weight").AsSpan()).Slice(id * 64, 64).Fill(
            float.NaN);
        _model.UseWeights("model.safetensors", weights.Build());
    }
}
