using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Forms of config.json and of the files next to it that the fixtures do not have. Each must give the vectors of the plain form
///   that Hugging Face's code turns it into.
/// </summary>
public sealed class ConfigVariantTests : IDisposable
{
    private const string Words = "def add ( a , b ) : return a + b";

    private static readonly string[] Texts =
    [
        Words, string.Join(' ', Enumerable.Repeat(Words, 5)), string.Join(' ', Enumerable.Range(0, 60).Select(i => $"x{i}")),
    ];

    private readonly TemporaryFolder _folder = new();
    private int _copies;

    public void Dispose() => _folder.Dispose();

    // configuration_utils.py in transformers 5: rope_parameters.setdefault("rope_theta", kwargs.pop("rope_theta", default)).
    [Theory]
    [InlineData(
        "qwen3",
        """{"rope_theta":500,"rope_parameters":{"rope_type":"default"}}""",
        """{"rope_theta":null,"rope_parameters":{"rope_type":"default","rope_theta":500}}""")]
    [InlineData(
        "modernbert",
        """
        {"global_rope_theta":700,"local_rope_theta":90,
         "rope_parameters":{"full_attention":{"rope_type":"default"},"sliding_attention":{"rope_type":"default"}}}
        """,
        """{"global_rope_theta":700,"local_rope_theta":90}""")]
    [InlineData(
        "embeddinggemma",
        """
        {"rope_theta":700,"rope_local_base_freq":90,
         "rope_parameters":{"full_attention":{"rope_type":"default"},"sliding_attention":{"rope_type":"default"}}}
        """,
        """{"rope_theta":700,"rope_local_base_freq":90}""")]

    // The same file: rope_scaling or self.rope_parameters.
    [InlineData(
        "qwen3",
        """{"rope_theta":500,"rope_scaling":{"rope_type":"linear","factor":3},"rope_parameters":{"rope_type":"default"}}""",
        """{"rope_theta":500,"rope_scaling":{"type":"linear","factor":3}}""")]

    [InlineData(
        "qwen3",
        """
        {"rope_theta":500,"rope_scaling":{"rope_type":"default","rope_theta":70},
         "rope_parameters":{"rope_type":"linear","factor":2,"rope_theta":9}}
        """,
        """{"rope_theta":70}""")]
    [InlineData(
        "qwen3",
        """{"rope_theta":500,"rope_scaling":{},"rope_parameters":{"rope_type":"linear","factor":3}}""",
        """{"rope_theta":500,"rope_scaling":{"type":"linear","factor":3}}""")]

    // configuration_modernbert.py: rope_scaling updates the parameters of both kinds of layers.
    [InlineData(
        "modernbert",
        """{"rope_scaling":{"rope_type":"linear","factor":2}}""",
        """
        {"rope_parameters":{
         "full_attention":{"rope_type":"linear","factor":2,"rope_theta":160000},
         "sliding_attention":{"rope_type":"linear","factor":2,"rope_theta":10000}}}
        """)]

    // modeling_modernbert.py in transformers 4: the base of the other layers, if config.local_rope_theta is None.
    [InlineData("modernbert", """{"local_rope_theta":null}""", """{"local_rope_theta":160000}""")]
    public void A_form_of_the_file_gives_the_vectors_of_the_plain_form(string model, string form, string plain)
    {
        float[][] expected = Embed(Copy(model, Config(plain)));

        Assert.Equal(expected, Embed(Copy(model, Config(form))));
        Assert.NotEqual(Embed(Copy(model)), expected);
    }

    // Transformer.__init__ in sentence-transformers: max_seq_length counts, and only without it the positions of config.json.
    [Theory]
    [InlineData("qwen3", "max_position_embeddings")]
    [InlineData("modernbert", "max_position_embeddings")]
    [InlineData("embeddinggemma", "max_position_embeddings")]
    [InlineData("new-plain", "max_position_embeddings")]
    [InlineData("jina-bert-code", "max_position_embeddings")]
    [InlineData("nomic-bert", "n_positions")]
    public void A_model_that_computes_positions_sees_as_many_tokens_as_its_folder_says(string model, string key)
    {
        (string, string) length = ("sentence_bert_config.json", """{"max_seq_length":100}""");
        float[][] expected = Embed(Copy(model, Config($$"""{"{{key}}":128}"""), length));
        string few = Copy(model, Config($$"""{"{{key}}":16}"""), length);

        Assert.Equal(expected, Embed(few));
        Assert.Equal(100, new OnnxModelInspector().Inspect(few).MaxLength);
        Assert.Equal(100, new OnnxTokenCounter(new EmbeddingServiceOptions { Model = few }).MaxLength);
    }

    [Fact]
    public void A_model_with_a_table_of_positions_sees_no_more_than_the_table_has()
    {
        string model = Copy("bert-mean", ("sentence_bert_config.json", """{"max_seq_length":100000}"""));
        int positions = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "config.json")))!["max_position_embeddings"]!
            .GetValue<int>();

        Assert.Equal(positions, new OnnxModelInspector().Inspect(model).MaxLength);
        Assert.Equal(positions, new OnnxTokenCounter(new EmbeddingServiceOptions { Model = model }).MaxLength);
    }

    // _compute_dynamic_ntk_parameters in transformers' modeling_rope_utils.py, which does not read
    // original_max_position_embeddings.
    [Fact]
    public void Dynamic_scaling_changes_the_base_for_texts_that_are_longer_than_the_positions()
    {
        const double Factor = 2, Theta = 10000, Positions = 16, Size = 16;
        (string, string) length = ("sentence_bert_config.json", """{"max_seq_length":100}""");
        string dynamic = Copy("qwen3", length, Config(
            """
            {"rope_theta":10000,"max_position_embeddings":16,
             "rope_scaling":{"rope_type":"dynamic","factor":2,"original_max_position_embeddings":8}}
            """));
        int tokens = Count(dynamic, Texts[1]);
        double theta = Theta * Math.Pow((Factor * tokens / Positions) - (Factor - 1), Size / (Size - 2));
        Assert.InRange(tokens, Positions + 1, 100);

        float[] expected = Embed(Copy("qwen3", length, Config($$"""{"rope_theta":{{theta:R}}}""")))[1];
        float[] actual = Embed(dynamic)[1];

        Assert.All(actual.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        Assert.NotEqual(Embed(Copy("qwen3", length, Config("""{"rope_theta":10000}""")))[1], actual);
    }

    // sliding_window_bidirectional_overlay in transformers' masking_utils.py: abs(q_idx - kv_idx) <= sliding_window.
    [Fact]
    public void A_window_of_both_sides_has_the_tokens_up_to_its_distance()
    {
        string model = Copy(
            "qwen3",
            Config(
                """
                {"num_hidden_layers":1,"is_causal":false,"use_sliding_window":true,"sliding_window":4,"max_window_layers":0}
                """),
            ("1_Pooling/config.json", """{"pooling_mode":"cls"}"""),
            ("modules.json", Modules()));
        string[] changed = [.. Enumerable.Range(0, 12).Select(place => string.Concat(
            Enumerable.Range(0, 12).Select(i => i == place ? "\n" : "\t")))];
        Assert.Equal(12 + 1, Count(model, changed[0]));

        float[][] vectors = Embed(model, changed);

        // The vector is that of the first token, which does not see a change beyond the window.
        Assert.All(vectors[5..], vector => Assert.Equal(vectors[^1], vector));
        Assert.All(vectors[..5], vector => Assert.NotEqual(vectors[^1], vector));
    }

    // PreTrainedTokenizerFast.__init__ takes the direction in tokenizer.json, unless tokenizer_config.json names a side.
    [Theory]
    [InlineData("left", null, true)]
    [InlineData("right", "Left", false)]
    [InlineData(null, "Left", true)]
    [InlineData(null, "Right", false)]
    [InlineData(null, null, false)]
    public void A_text_that_is_too_long_is_cut_at_the_side_that_the_tokenizer_names(string? side, string? direction, bool isLeft)
    {
        string model = Copy("bert-mean", ("sentence_bert_config.json", """{"max_seq_length":12}"""));
        Patch(model, "tokenizer_config.json", root => root["truncation_side"] = side);
        Patch(model, "tokenizer.json", root => root["truncation"] = direction is null ? null : new JsonObject
        {
            ["direction"] = direction, ["max_length"] = 512, ["strategy"] = "LongestFirst", ["stride"] = 0,
        });

        // Each letter is a token, so ten of them remain.
        float[][] vectors = Embed(model, "a b c d e f g h i j k l m n", "a b c d e f g h i j", "e f g h i j k l m n");

        Assert.Equal(vectors[isLeft ? 2 : 1], vectors[0]);
        Assert.NotEqual(vectors[1], vectors[2]);
    }

    [Theory]
    [InlineData("""{"transformer_task":"feature-extraction","module_output_name":"token_embeddings"}""", 128)]
    [InlineData(
        """{"modality_config":{"text":{"method":"forward","method_output_name":"last_hidden_state"}},"max_seq_length":20}""", 20)]
    [InlineData("""{"max_seq_length":20,"tokenizer_args":{"model_max_length":30,"padding_side":"left"}}""", 30)]
    [InlineData("""{"max_seq_length":20,"processor_kwargs":{"model_max_length":30}}""", 30)]
    [InlineData("""{"max_seq_length":20,"processing_kwargs":{"text":{"max_length":40,"padding":true}}}""", 40)]
    [InlineData("""{"processing_kwargs":{"text":{"max_length":40},"common":{"max_length":30}}}""", 30)]
    [InlineData("""{"max_seq_length":20,"tokenizer_args":{"model_max_length":1000000000000000019884624838656}}""", 20)]
    [InlineData("""{"max_seq_length":20,"model_args":{"torch_dtype":"float16"},"config_args":{}}""", 20)]
    public void Settings_of_the_encoder_are_read_as_sentence_transformers_reads_them(string json, int expected)
    {
        string model = Copy("modernbert", ("sentence_bert_config.json", json));

        Assert.Equal(expected, new OnnxTokenCounter(new EmbeddingServiceOptions { Model = model }).MaxLength);
    }

    [Theory]
    [InlineData("""{"transformer_task":"fill-mask"}""", "transformer_task is \"fill-mask\"")]
    [InlineData("""{"module_output_name":"sentence_embedding"}""", "module_output_name is \"sentence_embedding\"")]
    [InlineData("""{"modality_config":{"image":{}}}""", "Only models for text")]
    [InlineData(
        """{"modality_config":{"text":{"method":"forward","method_output_name":"pooler_output"}}}""",
        "method_output_name is \"pooler_output\"")]
    [InlineData(
        """
        {"modality_config":{"text":{"method":"forward","method_output_name":"last_hidden_state"},
         "message":{"method":"forward","method_output_name":"last_hidden_state"}}}
        """,
        "go through a chat template")]
    [InlineData("""{"config_args":{"is_causal":false}}""", "config_args.is_causal is false")]
    [InlineData("""{"config_kwargs":{"rope_scaling":{"factor":2}}}""", "Put it into config.json")]
    [InlineData("""{"tokenizer_args":{"truncation_side":"left"}}""", "Put it into tokenizer_config.json")]
    [InlineData("""{"processor_kwargs":{"model_max_length":"x"}}""", "model_max_length is \"x\"")]
    [InlineData("""{"processing_kwargs":{"common":{"add_special_tokens":false}}}""", "common.add_special_tokens is false")]
    [InlineData("""{"processing_kwargs":{"text":{"truncation":false}}}""", "truncation is false")]
    [InlineData("""{"tokenizer_name_or_path":"a/b"}""", "tokenizer_name_or_path is \"a/b\"")]
    public void A_setting_that_changes_vectors_and_is_not_supported_is_named(string json, string problem)
    {
        string model = Copy("modernbert", ("sentence_bert_config.json", json));

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Embed(model));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    // Dense.forward in sentence-transformers: activation(linear(x)) + x, or + residual(x) if the sizes differ.
    [Theory]
    [InlineData(48)]
    [InlineData(20)]
    public void A_dense_module_adds_its_residual(int size)
    {
        string plain = Copy("modernbert", ("modules.json", Modules()));
        string model = Copy(
            "modernbert",
            ("modules.json", Modules("Dense")),
            (
                "2_Dense/config.json",
                $$"""
                {"in_features":48,"out_features":{{size}},"bias":false,"use_residual":true,
                 "activation_function":"torch.nn.modules.activation.Sigmoid"}
                """));
        SafetensorsBuilder weights = new SafetensorsBuilder()
            .Set("linear.weight", "F32", [size, 48], new byte[size * 48 * sizeof(float)]);
        if (size != 48)
            weights.Set("residual.weight", "F32", [size, 48], Rows(size, (row, column) => row == column ? 2 : 0));

        File.WriteAllBytes(Path.Combine(model, "2_Dense", "model.safetensors"), weights.Build());

        // The matrix is 0, and the sigmoid of 0 is a half.
        Assert.Equal(
            Embed(plain).Select(vector => vector[..size].Select(x => 0.5f + ((size == 48 ? 1 : 2) * x)).ToArray()),
            Embed(model));

        static byte[] Rows(int size, Func<int, int, float> value) =>
        [
            .. Enumerable.Range(0, size)
                .SelectMany(row => Enumerable.Range(0, 48).SelectMany(column => BitConverter.GetBytes(value(row, column)))),
        ];
    }

    [Fact]
    public void A_dropout_module_changes_nothing() => Assert.Equal(
        Embed(Copy("modernbert", ("modules.json", Modules()))),
        Embed(Copy("modernbert", ("modules.json", Modules("Dropout")), ("2_Dropout/config.json", """{"dropout":0.2}"""))));

    [Theory]
    [InlineData("Dense", "module_input_name")]
    [InlineData("Normalize", "module_output_name")]
    public void A_module_for_the_vectors_of_tokens_is_refused(string type, string key)
    {
        string model = Copy(
            "modernbert",
            ("modules.json", Modules(type)),
            ($"2_{type}/config.json", $$"""{"{{key}}":"token_embeddings","in_features":48,"out_features":48}"""));

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Embed(model));

        Assert.Contains($"{key} is 'token_embeddings'", error.Message, StringComparison.Ordinal);
    }

    private static (string, string) Config(string changes) => ("config.json", changes);

    private static string Modules(params string[] others) => new JsonArray(
    [
        .. ((string[])["Transformer", "Pooling", .. others]).Select((type, i) => new JsonObject
        {
            ["idx"] = i, ["path"] = i == 0 ? "" : $"{i}_{type}", ["type"] = $"sentence_transformers.models.{type}",
        }),
    ]).ToJsonString();

    private static int Count(string model, string text) =>
        new OnnxTokenCounter(new EmbeddingServiceOptions { Model = model }).Count(text, TestContext.Current.CancellationToken);

    private static float[][] Embed(string model, params string[] texts)
    {
        using var service = new OnnxEmbeddingService(
            new EmbeddingServiceOptions { Model = model, Device = EmbeddingDevice.Cpu, Threads = 1 });
        return [.. service.EmbedBatch([.. (texts.Length == 0 ? Texts : texts).Select(text => Snippets.Of(text))])
            .Select(embedding => embedding.Vector)];
    }

    /// <summary>Copies a fixture, changes keys of its config.json, and writes other files.</summary>
    private string Copy(string model, params (string Name, string Json)[] files)
    {
        string path = _folder.CopyFolder(Path.Combine(Repository.Fixtures, "architectures", model), $"copy-{_copies++}");
        foreach ((string name, string json) in files)
        {
            if (name == "config.json")
            {
                Patch(path, name, root =>
                {
                    foreach ((string key, JsonNode? value) in JsonNode.Parse(json)!.AsObject())
                        root[key] = value?.DeepClone();
                });
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(path, name))!);
            File.WriteAllText(Path.Combine(path, name), json);
        }

        return path;
    }

    private static void Patch(string model, string name, Action<JsonObject> change)
    {
        string path = Path.Combine(model, name);
        JsonObject root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(root);
        File.WriteAllText(path, root.ToJsonString());
    }
}
