using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The fingerprint depends on everything that affects the vectors, and on nothing else.</summary>
public sealed class FingerprintTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    [Fact]
    public void It_is_16_hexadecimal_digits() => Assert.Matches("^[0-9a-f]{16}$", Of(FixtureModels.Tiny));

    [Theory]
    [InlineData("tiny-roberta-bare")]
    [InlineData("tiny-roberta-legacy-torch")]
    [InlineData("tiny-roberta-masked-lm")]
    [InlineData("tiny-roberta-sharded")]
    public void The_same_weights_and_tokenizer_in_another_form_have_the_same_fingerprint(string form) =>
        Assert.Equal(Of(FixtureModels.Tiny), Of(form));

    [Theory]
    [InlineData("tiny-roberta-fp16")]
    [InlineData("tiny-roberta-bf16")]
    [InlineData(FixtureModels.Bundled)]
    public void Other_weights_have_another_fingerprint(string form) => Assert.NotEqual(Of(FixtureModels.Tiny), Of(form));

    [Fact]
    public void A_copy_in_another_folder_has_the_same_fingerprint()
    {
        using var model = new ModelCopy();

        Assert.Equal(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void The_number_of_threads_and_the_device_setting_do_not_count()
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with
        {
            Threads = 2,
            Device = EmbeddingDevice.Auto
        };

        Assert.Equal(Of(FixtureModels.Tiny), Of(options));
    }

    [Fact]
    public void Another_maximum_length_has_another_fingerprint()
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with { MaxLength = 511 };

        Assert.NotEqual(Of(FixtureModels.Tiny), Of(options));
    }

    [Fact]
    public void Vectors_that_are_not_normalized_have_another_fingerprint()
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with { Normalize = false };

        Assert.NotEqual(Of(FixtureModels.Tiny), Of(options));
    }

    [Fact]
    public void The_default_maximum_length_specified_explicitly_has_the_same_fingerprint()
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with { MaxLength = 512 };

        Assert.Equal(Of(FixtureModels.Tiny), Of(options));
    }

    [Fact]
    public void Merges_in_another_order_have_another_fingerprint()
    {
        using var model = new ModelCopy();
        string[] lines = File.ReadAllLines(model.File("merges.txt"));
        (lines[^2], lines[^1]) = (lines[^1], lines[^2]);
        File.WriteAllLines(model.File("merges.txt"), lines);

        Assert.NotEqual(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void A_vocabulary_with_two_ids_swapped_has_another_fingerprint()
    {
        using var model = new ModelCopy();
        model.Patch(
            "vocab.json", vocabulary => (vocabulary["a"], vocabulary["b"]) = ((int)vocabulary["b"]!, (int)vocabulary["a"]!));

        Assert.NotEqual(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "add_prefix_space", "true")]
    [InlineData("special_tokens_map.json", "mask_token", """{"content":"<mask>","lstrip":false}""")]
    [InlineData("special_tokens_map.json", "cls_token", "\"<unk>\"")]
    [InlineData("config.json", "layer_norm_eps", "0.5")]
    [InlineData("config.json", "num_attention_heads", "2")]
    public void A_setting_that_changes_the_numbers_changes_it(string file, string key, string json)
    {
        using var model = new ModelCopy();
        model.Patch(file, root => root[key] = JsonNode.Parse(json));

        Assert.NotEqual(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void The_same_tokenizer_from_tokenizer_json_and_from_other_files_has_the_same_fingerprint()
    {
        using var model = new ModelCopy();
        string others = model.Embed().Fingerprint;
        model.UseTokenizerJson(_ => { });

        Assert.Equal(others, model.Embed().Fingerprint);
    }

    // Equivalent spellings.
    [Fact]
    public void An_equivalent_tokenizer_json_has_the_same_fingerprint()
    {
        using var model = new ModelCopy();
        model.UseTokenizerJson(root =>
        {
            TokenizerCases.Apply("split-gpt-2", root);
            root["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[]}""");
            IEnumerable<string[]> merges = root["model"]!["merges"]!.AsArray().Select(merge => ((string)merge!).Split(' '));
            root["model"]!["merges"] = new JsonArray([.. merges.Select(pair => JsonSerializer.SerializeToNode(pair))]);
            root["model"]!["unk_token"] = "<unk>";
            root["post_processor"] = JsonNode.Parse(
                """
                {"type":"TemplateProcessing",
                 "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                           {"SpecialToken":{"id":"</s>","type_id":0}}],
                 "special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]},
                                   "</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}}
                """);
        });

        Assert.Equal(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void Tokenizers_that_give_other_ids_have_another_fingerprint()
    {
        // Tokenizers with more added tokens than the small model has rows cannot be loaded with it.
        IEnumerable<string> names = TokenizerCases.Names.Select(row => row.Data)
            .Where(name => name != "split-gpt-2" && !name.StartsWith("added-tokens", StringComparison.Ordinal));
        List<string> fingerprints = [Of(FixtureModels.Tiny)];
        foreach (string name in names)
        {
            using var model = new ModelCopy();
            model.UseTokenizerJson(root => TokenizerCases.Apply(name, root));
            fingerprints.Add(model.Embed().Fingerprint);
        }

        Assert.Distinct(fingerprints);
    }

    [Fact]
    public void One_bit_of_one_weight_changes_it()
    {
        using var model = new ModelCopy();
        SafetensorsBuilder weights = SafetensorsBuilder.Read(model.File("model.safetensors"));
        weights.Data("encoder.layer.1.output.dense.bias")[^1] ^= 1;
        model.UseWeights("model.safetensors", weights.Build());

        Assert.NotEqual(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void A_weight_that_does_not_affect_any_vector_does_not_count()
    {
        using var model = new ModelCopy();
        SafetensorsBuilder weights = SafetensorsBuilder.Read(model.File("model.safetensors"));
        weights.Data("pooler.dense.bias")[^1] ^= 1;
        model.UseWeights("model.safetensors", weights.Build());

        Assert.Equal(Of(FixtureModels.Tiny), model.Embed().Fingerprint);
    }

    [Fact]
    public void The_culture_does_not_count()
    {
        string expected = Of(FixtureModels.Tiny);
        CultureInfo before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();

        // As in Swedish, where the minus sign is U+2212, and as in German.
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = culture;
        try
        {
            Assert.Equal(expected, Of(FixtureModels.Options(FixtureModels.Tiny)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private string Of(string form) => Embed(models.Service(form));

    private static string Of(EmbeddingServiceOptions options)
    {
        using var service = new OnnxEmbeddingService(options);
        return Embed(service);
    }

    private static string Embed(IEmbeddingService service) =>
        service.EmbedBatch([Snippets.Of("x = 1")], TestContext.Current.CancellationToken).Single().Fingerprint;
}
