using System.Text.Json;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Folders with the layout of sentence-transformers.</summary>
public sealed class SentenceTransformerTests : IDisposable
{
    private const string Transformer = """{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}""";
    private const string Pooling = """{"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}""";
    private const string Normalize =
        """{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}""";

    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadLines(Repository.Fixture("expected-poolings.jsonl")).First()).RootElement;

    private readonly ModelCopy _model = new();

    public SentenceTransformerTests()
    {
        Write("modules.json", $"[{Transformer},{Pooling}]");
        Write(
            "1_Pooling/config.json",
            """{"word_embedding_dimension":64,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}""");
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void The_pooling_of_the_folder_is_used_and_without_the_module_nothing_is_normalized()
    {
        CodeEmbedding embedding = Embed();

        AssertVector(Values("cls"), embedding.Vector);
        Assert.False(embedding.Normalized);
    }

    [Fact]
    public void Several_poolings_are_concatenated()
    {
        Write(
            "1_Pooling/config.json",
            """
            {"pooling_mode_lasttoken":true,"pooling_mode_max_tokens":true,"pooling_mode_mean_tokens":false,
             "pooling_mode_weightedmean_tokens":true}
            """);

        AssertVector([.. Values("max"), .. Values("weightedmean"), .. Values("lasttoken")], Embed().Vector);
    }

    // The format that newer versions of sentence-transformers write.
    [Theory]
    [InlineData("\"max\"", "max")]
    [InlineData("[\"mean\"]", "mean")]
    [InlineData("[\"cls\",\"mean_sqrt_len_tokens\",\"lasttoken\"]", "cls,mean_sqrt_len,lasttoken")]
    public void The_pooling_may_be_specified_by_name(string json, string expected)
    {
        Write("1_Pooling/config.json", $$"""{"embedding_dimension":64,"pooling_mode":{{json}},"include_prompt":true}""");

        AssertVector([.. expected.Split(',').SelectMany(Values)], Embed().Vector);
    }

    [Fact]
    public void The_normalize_module_scales_to_length_1()
    {
        Write("modules.json", $"[{Normalize},{Transformer},{Pooling}]");
        double length = Math.Sqrt(Values("cls").Sum(value => value * value));

        CodeEmbedding embedding = Embed();

        AssertVector([.. Values("cls").Select(value => value / length)], embedding.Vector);
        Assert.True(embedding.Normalized);
    }

    [Fact]
    public void The_pooling_can_be_overridden() =>
        AssertVector(Values("mean"), Embed(_model.Options with { Pooling = EmbeddingPooling.Mean }).Vector);

    [Fact]
    public void The_encoder_may_be_in_a_separate_folder()
    {
        MoveTransformer();

        CodeEmbedding embedding = Embed();

        AssertVector(Values("cls"), embedding.Vector);
        Assert.Equal(ModelCopy.Name, embedding.ModelName);
    }

    [Fact]
    public void The_intended_length_is_the_default()
    {
        Write("sentence_bert_config.json", """{"max_seq_length":10,"do_lower_case":false}""");

        Assert.Equal(10, Embed().TokenCount);
        Assert.Equal(20, Embed(_model.Options with { MaxLength = 20 }).TokenCount);
    }

    // Transformer.__init__ in sentence-transformers uses the tokenizer's limit if the module's file names none, as newer versions
    // write it.
    [Theory]
    [InlineData("{}", "{\"model_max_length\":10}", 10)]
    [InlineData("{\"max_seq_length\":null}", "{\"model_max_length\":10}", 10)]
    [InlineData("{\"max_seq_length\":12}", "{\"model_max_length\":10}", 12)]
    [InlineData("{}", "{\"model_max_length\":1000000000000000019884624838656}", 512)]
    [InlineData("{}", "{\"model_max_length\":100000}", 512)]
    public void The_length_defaults_to_the_tokenizers(string transformer, string tokenizer, int expected)
    {
        Write("sentence_bert_config.json", transformer);
        Write("tokenizer_config.json", tokenizer);
        using var service = new OnnxEmbeddingService(_model.Options);

        service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken);

        Assert.Equal(expected, service.Model!.MaxLength);
    }

    // The names, in order, that Transformer.load in sentence-transformers looks for.
    [Theory]
    [InlineData("sentence_bert_config.json")]
    [InlineData("sentence_roberta_config.json")]
    [InlineData("sentence_distilbert_config.json")]
    [InlineData("sentence_camembert_config.json")]
    [InlineData("sentence_albert_config.json")]
    [InlineData("sentence_xlm-roberta_config.json")]
    [InlineData("sentence_xlnet_config.json")]
    public void The_length_is_read_under_each_name_of_its_file_even_next_to_an_encoder_in_a_separate_folder(string name)
    {
        Write(name, """{"max_seq_length":10}""");
        Assert.Equal(10, Embed().TokenCount);

        MoveTransformer();
        Write($"0_Transformer/{name}", """{"max_seq_length":12}""");
        Assert.Equal(12, Embed().TokenCount);
    }

    [Fact]
    public void The_first_of_the_files_with_the_length_counts()
    {
        Write("sentence_roberta_config.json", """{"max_seq_length":10}""");
        Write("sentence_xlnet_config.json", """{"max_seq_length":12}""");

        Assert.Equal(10, Embed().TokenCount);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":10}", 10)]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":1000000000000000019884624838656}", 512)]
    [InlineData("tokenizer_config.json", "{}", 512)]
    public void A_folder_without_modules_uses_the_limit_of_its_tokenizer_and_its_positions(string name, string json, int expected)
    {
        File.Delete(_model.File("modules.json"));
        Write(name, json);
        using var service = new OnnxEmbeddingService(_model.Options);

        Assert.Equal(expected, service.Load(TestContext.Current.CancellationToken).MaxLength);
    }

    // sentence-transformers' Pooling uses the mean by default, whatever other flags are set.
    [Theory]
    [InlineData("""{"word_embedding_dimension":64,"pooling_mode_cls_token":true}""", "cls,mean")]
    [InlineData("""{"word_embedding_dimension":64}""", "mean")]
    [InlineData("""{"word_embedding_dimension":64,"pooling_mode_cls_token":false,"pooling_mode_max_tokens":false}""", "mean")]
    [InlineData("""{"pooling_mode_lasttoken":true}""", "mean,lasttoken")]
    [InlineData("{}", "mean")]
    public void The_mean_is_used_if_its_flag_is_not_set(string json, string expected)
    {
        Write("1_Pooling/config.json", json);

        AssertVector([.. expected.Split(',').SelectMany(Values)], Embed().Vector);
    }

    [Fact]
    public void A_prompt_is_added_before_every_text()
    {
        using var plain = new OnnxEmbeddingService(_model.Options);
        float[] expected =
            plain.EmbedBatch([Snippets.Of("query: " + ExpectedValues.Texts[0])], TestContext.Current.CancellationToken)[0].Vector;
        Write(
            "config_sentence_transformers.json", """{"prompts":{"query":"query: ","document":""},"default_prompt_name":null}""");

        Assert.Equal(expected, Embed(_model.Options with { Prompt = "query: " }).Vector);
        Assert.Equal(expected, Embed(_model.Options with { PromptName = "query" }).Vector);
        AssertVector(Values("cls"), Embed().Vector);
        AssertVector(Values("cls"), Embed(_model.Options with { PromptName = "document" }).Vector);
    }

    [Fact]
    public void The_default_prompt_is_used_unless_another_is_requested()
    {
        Write("config_sentence_transformers.json", """{"prompts":{"query":"query: "},"default_prompt_name":"query"}""");

        CodeEmbedding byDefault = Embed();

        Assert.Equal(Embed(_model.Options with { PromptName = "query" }).Vector, byDefault.Vector);
        AssertVector(Values("cls"), Embed(_model.Options with { Prompt = string.Empty }).Vector);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_question_has_its_own_prompt_and_can_be_compared_with_the_others(bool includePrompt)
    {
        Write(
            "1_Pooling/config.json",
            $$"""{"pooling_mode_mean_tokens":true,"include_prompt":{{(includePrompt ? "true" : "false")}}}""");
        Write("config_sentence_transformers.json", """{"prompts":{"query":"query: ","document":"passage: "}}""");
        CancellationToken stop = TestContext.Current.CancellationToken;
        CodeEmbedding asked = Embed(_model.Options with { PromptName = "query" });
        using var service = new OnnxEmbeddingService(_model.Options with { PromptName = "document" });
        CodeSnippet[] text = [Snippets.Of(ExpectedValues.Texts[0])];

        CodeEmbedding document = (await service.EmbedAsync(text, stop))[0].Value!;
        CodeEmbedding question = (await service.EmbedAsync(text, service.Model!.Prompts["query"], stop))[0].Value!;

        Assert.Equal(asked.Vector, question.Vector);
        Assert.Equal(Embed(_model.Options with { PromptName = "document" }).Vector, document.Vector);
        Assert.Equal(document.Fingerprint, question.Fingerprint);
        Assert.NotEqual(document.Vector, question.Vector);
    }

    // The first text starts with 'def', whose tokens follow <s>, so 'def' as the prompt gives the same ids.
    [Fact]
    public void The_tokens_of_a_prompt_can_be_excluded_from_the_pooling()
    {
        Write("1_Pooling/config.json", """{"pooling_mode_mean_tokens":true,"include_prompt":false}""");
        string text = ExpectedValues.Texts[0];
        Assert.StartsWith("def", text, StringComparison.Ordinal);

        CodeEmbedding embedding = Embed(_model.Options with { Prompt = text[..3] }, text[3..]);

        AssertVector(Values("mean_without_first_3"), embedding.Vector);
    }

    [Theory]
    [InlineData(
        "modules.json",
        "[{\"idx\":0,\"path\":\"\",\"type\":\"x.Transformer\"},{\"idx\":1,\"path\":\"1_Pooling\",\"type\":\"x.Pooling\"},"
        + "{\"idx\":2,\"path\":\"2_Dense\",\"type\":\"x.Dense\"}]",
        "Dense")]
    [InlineData("modules.json", "[{\"idx\":0,\"path\":\"\",\"type\":\"x.CLIPModel\"}]", "CLIPModel")]
    [InlineData("modules.json", "[{\"idx\":0,\"path\":\"../x\",\"type\":\"x.Transformer\"}]", "'../x'")]
    [InlineData("modules.json", "[{\"idx\":0,\"path\":\"/etc\",\"type\":\"x.Transformer\"}]", "'/etc'")]
    [InlineData("modules.json", "[{\"idx\":0,\"type\":\"x.Transformer\"}]", "'path'")]
    [InlineData("modules.json", "[7]", "7")]
    [InlineData("modules.json", "[{\"idx\":\"0\",\"path\":\"\",\"type\":\"x.CLIPModel\"}]", "CLIPModel")]
    [InlineData("modules.json", "{}", "no JSON array")]
    [InlineData("modules.json", "[]", "modules.json lists")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_attention\":true}", "'pooling_mode_attention'")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":false}", "pooling_mode_mean_tokens")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":null}", "pooling_mode_mean_tokens")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode\":\"attention\"}", "\"attention\"")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode\":[]}", "does not name a pooling")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode\":[\"mean\",\"cls\"]}", "in this order")]
    [InlineData("sentence_bert_config.json", "{\"max_seq_length\":2}", "max_seq_length is 2")]
    [InlineData("sentence_bert_config.json", "{\"max_seq_length\":\"10\"}", "max_seq_length is \"10\"")]
    [InlineData("sentence_bert_config.json", "{\"do_lower_case\":\"yes\"}", "do_lower_case is \"yes\"")]
    public void Unsupported_modules_are_named(string file, string json, string problem)
    {
        Write(file, json);

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Embed());

        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_prompt_is_an_error_that_names_the_existing_ones()
    {
        Write("config_sentence_transformers.json", """{"prompts":{"query":"query: ","document":""}}""");

        EmbeddingOptionException error = Assert.Throws<EmbeddingOptionException>(
            () => Embed(_model.Options with { PromptName = "qery" }));

        Assert.Equal("PromptName", error.Option);
        Assert.Contains(
            "'qery' is not a prompt of this model, which has 'query', 'document'", error.Message, StringComparison.Ordinal);
    }

    private static double[] Values(string name) =>
        [.. Expected.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static void AssertVector(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(actual.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
    }

    private CodeEmbedding Embed(EmbeddingServiceOptions? options = null, string? text = null)
    {
        using var service = new OnnxEmbeddingService(options ?? _model.Options);
        return service.EmbedBatch([Snippets.Of(text ?? ExpectedValues.Texts[0])], TestContext.Current.CancellationToken).Single();
    }

    private void MoveTransformer()
    {
        Write(
            "modules.json",
            $"[{Transformer.Replace("\"path\":\"\"", "\"path\":\"0_Transformer\"", StringComparison.Ordinal)},{Pooling}]");
        Directory.CreateDirectory(_model.File("0_Transformer"));
        foreach (string file in new[] { "config.json", "vocab.json", "merges.txt", "model.safetensors" })
            File.Move(_model.File(file), _model.File($"0_Transformer/{file}"));
    }

    private void Write(string name, string text)
    {
        string path = _model.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
