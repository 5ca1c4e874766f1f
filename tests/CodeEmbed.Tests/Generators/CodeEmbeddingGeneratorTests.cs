using CodeEmbed.Extensions.AI;
using CodeEmbed.Onnx;
using CodeEmbed.Tests.Core;
using CodeEmbed.Tests.Onnx;
using Microsoft.Extensions.AI;
using Xunit;

namespace CodeEmbed.Tests.Generators;

/// <summary>The generator for Microsoft.Extensions.AI: its vectors, options, services, errors and disposal.</summary>
public sealed class CodeEmbeddingGeneratorTests
{
    private static readonly EmbeddingServiceOptions Mini = new()
    {
        Model = FixtureModels.Folder(FixtureModels.Bundled),
        Device = EmbeddingDevice.Cpu,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_text_has_the_vector_and_the_tokens_of_Hugging_Faces_programs_in_order()
    {
        string[] texts = ExpectedValues.Texts;
        double[][] vectors = ExpectedValues.Vectors(FixtureModels.Bundled);
        int[] tokens = [.. ExpectedValues.Ids(FixtureModels.Bundled).Select(ids => ids.Length)];
        using var generator = new CodeEmbeddingGenerator(Mini);

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(texts, cancellationToken: Stop);

        Assert.Equal(vectors.Length, embeddings.Count);
        Assert.All(embeddings.Index(), entry =>
        {
            Assert.All(
                entry.Item.Vector.ToArray().Zip(vectors[entry.Index]),
                pair => Assert.Equal(pair.Second, pair.First, 1e-5));
            Assert.Equal(256, entry.Item.Dimensions);
            Assert.Equal(FixtureModels.Bundled, entry.Item.ModelId);
            Assert.Equal(tokens[entry.Index], entry.Item.AdditionalProperties!["token_count"]);
        });
        Assert.Equal((tokens.Sum(), tokens.Sum()), (embeddings.Usage!.InputTokenCount, embeddings.Usage.TotalTokenCount));
    }

    [Fact]
    public void Null_options_are_an_argument_error() =>
        Assert.Throws<ArgumentNullException>("options", () => new CodeEmbeddingGenerator((EmbeddingServiceOptions)null!));

    [Fact]
    public async Task More_texts_than_a_batch_are_returned_in_order()
    {
        using var service = new FakeEmbeddingService();
        using var generator = new CodeEmbeddingGenerator(service);

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(
            Enumerable.Range(0, 600).Select(i => $"text {i}"), cancellationToken: Stop);

        // The fake's vector holds the number of its batch.
        Assert.Equal(
            [.. Enumerable.Repeat(1f, 256), .. Enumerable.Repeat(2f, 256), .. Enumerable.Repeat(3f, 88)],
            embeddings.Select(embedding => embedding.Vector.Span[0]));
        Assert.Equal(Enumerable.Range(0, 600).Select(i => $"{i}"), service.Batches.SelectMany(ids => ids));
    }

    [Fact]
    public async Task An_empty_list_of_texts_has_no_vectors_and_loads_no_model()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync([], cancellationToken: Stop);

        Assert.Equal((0, 0L), (embeddings.Count, embeddings.Usage!.InputTokenCount));
        Assert.Null(generator.GetService<EmbeddingModel>());
    }

    [Fact]
    public async Task The_metadata_of_the_model_is_the_same_before_and_after_loading()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);

        EmbeddingGeneratorMetadata before = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        await generator.GenerateVectorAsync("x", cancellationToken: Stop);
        EmbeddingGeneratorMetadata after = generator.GetRequiredService<EmbeddingGeneratorMetadata>();

        Assert.Equal(("codeembed", "codeembed-mini", 256), Describe(before));
        Assert.Equal(Describe(before), Describe(after));

        static (string?, string?, int?) Describe(EmbeddingGeneratorMetadata data) =>
            (data.ProviderName, data.DefaultModelId, data.DefaultModelDimensions);
    }

    [Fact]
    public async Task The_underlying_service_is_available_on_request()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);
        IEmbeddingGenerator<string, Embedding<float>> asked = generator;
        await asked.GenerateVectorAsync("x", cancellationToken: Stop);

        Assert.Same(generator, asked.GetService<CodeEmbeddingGenerator>());
        Assert.Same(generator, asked.GetService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.IsType<OnnxEmbeddingService>(asked.GetService<IEmbeddingService>());
        Assert.Equal(256, asked.GetService<EmbeddingModel>()!.Dimensions);
        Assert.Null(asked.GetService<EmbeddingModel>("a key"));
        Assert.Null(asked.GetService<string>());
    }

    [Fact]
    public async Task Supported_options_are_applied()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);

        Embedding<float> embedding = await generator.GenerateAsync(
            "x", new EmbeddingGenerationOptions { Dimensions = 256, ModelId = "codeembed-mini" }, Stop);

        Assert.Equal(256, embedding.Dimensions);
    }

    [Theory]
    [InlineData(128, null, null, null, "Dimensions")]
    [InlineData(null, "another-model", null, null, "ModelId")]
    [InlineData(null, null, "question", null, "prompt_kind")]
    [InlineData(null, null, "query", "a prompt", "prompt_kind")]
    public async Task Unsupported_options_are_refused_by_name(
        int? dimensions, string? model, string? kind, string? prompt, string name)
    {
        using var generator = new CodeEmbeddingGenerator(Mini);
        var options = new EmbeddingGenerationOptions { Dimensions = dimensions, ModelId = model, AdditionalProperties = [] };
        if (kind is not null)
            options.AdditionalProperties["prompt_kind"] = kind;

        if (prompt is not null)
            options.AdditionalProperties["prompt"] = prompt;

        EmbeddingOptionException error = await Assert.ThrowsAsync<EmbeddingOptionException>(
            () => generator.GenerateAsync(["x"], options, Stop));

        Assert.Equal(name, error.Option);
        Assert.StartsWith($"{name} '", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_has_the_models_prompt_for_questions_and_a_document_the_one_for_documents()
    {
        using var model = new ModelCopy();
        Directory.CreateDirectory(model.File("1_Pooling"));
        foreach ((string name, string json) in new[]
        {
            ("modules.json", """[{"idx":0,"path":"","type":"x.Transformer"},{"idx":1,"path":"1_Pooling","type":"x.Pooling"}]"""),
            ("1_Pooling/config.json", """{"pooling_mode_mean_tokens":true}"""),
            ("config_sentence_transformers.json",
                """{"prompts":{"query":"ask: ","document":"code: "},"default_prompt_name":"document"}"""),
        })
            await File.WriteAllTextAsync(model.File(name), json, Stop);

        using var generator = new CodeEmbeddingGenerator(model.Options);
        using var plain = new CodeEmbeddingGenerator(model.Options with { Prompt = string.Empty });

        Assert.Equal(await EmbedAsync(plain, "ask: x"), await EmbedAsync(generator, "x", "prompt_kind", "query"));
        Assert.Equal(await EmbedAsync(plain, "code: x"), await EmbedAsync(generator, "x", "prompt_kind", "document"));
        Assert.Equal(await EmbedAsync(plain, "code: x"), await EmbedAsync(generator, "x"));
        Assert.Equal(await EmbedAsync(plain, "# x"), await EmbedAsync(generator, "x", "prompt", "# "));
        Assert.Equal(await EmbedAsync(plain, "x"), await EmbedAsync(generator, "x", "prompt", string.Empty));
    }

    [Fact]
    public async Task A_text_that_cannot_be_embedded_is_named_by_its_index()
    {
        using var generator = new CodeEmbeddingGenerator(Mini with { Overflow = EmbeddingOverflow.Error, MaxLength = 8 });
        string longer = string.Join(' ', Enumerable.Repeat("word", 100));

        TextEmbeddingException error = await Assert.ThrowsAsync<TextEmbeddingException>(
            () => generator.GenerateAsync(["a", "b", longer, "c", longer], cancellationToken: Stop));

        Assert.Equal(2, error.Index);
        Assert.StartsWith("The text with the index 2 cannot be embedded: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("In its batch, 2 failed.", error.Message, StringComparison.Ordinal);
        Assert.True(Assert.IsType<EmbeddingException>(error.InnerException).IsTooLong);
    }

    [Fact]
    public async Task A_text_that_is_null_is_named_by_its_index()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            () => generator.GenerateAsync(["a", null!], cancellationToken: Stop));

        Assert.Contains("index 1 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_model_is_an_error_of_the_first_call()
    {
        using var generator = new CodeEmbeddingGenerator(new EmbeddingServiceOptions { Model = "no-such-model" });

        Assert.Null(generator.Metadata.DefaultModelId);
        await Assert.ThrowsAsync<ModelLoadException>(() => generator.GenerateAsync(["x"], cancellationToken: Stop));
    }

    [Fact]
    public async Task Cancellation_is_observed_while_embedding_and_carries_the_callers_token()
    {
        using var stop = new CancellationTokenSource();
        using var service = new FakeEmbeddingService
        {
            OnBatch = (_, token) =>
            {
                stop.Cancel();
                token.ThrowIfCancellationRequested();
            },
        };
        using var generator = new CodeEmbeddingGenerator(service);

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => generator.GenerateAsync(["x"], cancellationToken: stop.Token));

        Assert.Equal(stop.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Disposing_ends_the_running_calls_and_then_frees_the_service()
    {
        using var begun = new ManualResetEventSlim();
        bool wasDisposed = true;
        FakeEmbeddingService? service = null;
        service = new FakeEmbeddingService
        {
            OnBatch = (_, token) =>
            {
                begun.Set();
                token.WaitHandle.WaitOne();
                wasDisposed = service!.IsDisposed;
                token.ThrowIfCancellationRequested();
            },
        };
        var generator = new CodeEmbeddingGenerator(service);
        Task<GeneratedEmbeddings<Embedding<float>>> call = generator.GenerateAsync(["x"], cancellationToken: Stop);
        Assert.True(begun.Wait(HangLimit.Value, Stop));

        await generator.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        Assert.Equal((false, true), (wasDisposed, service.IsDisposed));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["x"], cancellationToken: Stop));
        generator.Dispose();
    }

    [Fact]
    public async Task Calls_from_many_threads_each_get_their_own_result()
    {
        using var generator = new CodeEmbeddingGenerator(Mini);
        string[] texts = [.. ExpectedValues.Texts.Where(text => text.Length < 200).Take(16)];
        GeneratedEmbeddings<Embedding<float>> alone = await generator.GenerateAsync(texts, cancellationToken: Stop);

        float[][] together = await Task.WhenAll(
            texts.Select(text => Task.Run(() => EmbedAsync(generator, text), Stop)));

        Assert.Equal(alone.Select(embedding => embedding.Vector.ToArray()), together);
    }

    private static async Task<float[]> EmbedAsync(
        CodeEmbeddingGenerator generator, string text, string? name = null, string? value = null)
    {
        EmbeddingGenerationOptions? options = name is null
            ? null
            : new() { AdditionalProperties = new() { [name] = value } };
        return (await generator.GenerateVectorAsync(text, options, Stop)).ToArray();
    }
}
