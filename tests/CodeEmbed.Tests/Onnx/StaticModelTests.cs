using System.Runtime.InteropServices;
using System.Text.Json;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   Static models from Model2Vec and sentence-transformers, each a folder under Fixtures/static, compared with the ids and the
///   float64 vectors from tests/make_reference_models.py.
/// </summary>
public sealed class StaticModelTests : IDisposable
{
    private const double LargestDifference = 1e-5;

    private const string Model2Vec = "model2vec", Bare = "model2vec-bare", Quantized = "model2vec-quantized",
        OfLibrary = "sentence-transformers";

    private static readonly string Root = Repository.Fixture("static");

    private readonly TemporaryFolder _temporary = new();

    public static TheoryData<string> Folders { get; } = [Model2Vec, Bare, Quantized, OfLibrary];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_text_has_only_the_tokens_that_count(string folder) => Assert.Equal(
        Read<int[]>(folder, "expected-ids.jsonl").Select(ids => ids.Length),
        Embed(Options(folder)).Select(embedding => embedding?.TokenCount ?? 0));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_number_matches_the_reference(string folder)
    {
        double[]?[] expected = Read<double[]?>(folder, "expected-vectors.jsonl");
        CodeEmbedding?[] embeddings = Embed(Options(folder));

        Assert.Equal(expected.Select(vector => vector is null), embeddings.Select(embedding => embedding is null));
        Assert.All(embeddings.Zip(expected).Where(pair => pair.Second is not null), pair => Assert.All(
            pair.First!.Vector.Zip(pair.Second!, (value, reference) => Math.Abs(value - reference)),
            difference => Assert.InRange(difference, 0, LargestDifference)));
    }

    [Theory]
    [InlineData(Model2Vec, true)]
    [InlineData(Bare, false)]
    [InlineData(Quantized, true)]
    [InlineData(OfLibrary, true)]
    public void A_vector_has_the_length_that_the_model_specifies(string folder, bool normalizes) =>
        Assert.All(Embed(Options(folder)), embedding => Assert.Equal(normalizes, embedding?.Normalized ?? normalizes));

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("\u4e16\u4e16")]
    public async Task A_text_without_a_known_token_is_rejected(string text)
    {
        using var service = new OnnxEmbeddingService(Options(Model2Vec));

        Outcome<CodeEmbedding> outcome =
            (await service.EmbedAsync([Snippets.Of(text)], TestContext.Current.CancellationToken))[0];

        Assert.Contains("it has no tokens that count", outcome.Rejected!.Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model2Vec_cuts_a_text_to_its_characters_and_then_to_its_tokens()
    {
        // The median token has 4 characters; the ids of the first text are 476, 754, 292, 323, 296 ...
        CodeEmbedding?[] cut = Embed(Options(Model2Vec) with { MaxLength = 3 });
        int[] all = [.. Read<int[]>(Model2Vec, "expected-ids.jsonl").Select(ids => ids.Length)];

        Assert.Equal((3, all[0] - 3), (cut[0]!.TokenCount, cut[0]!.TruncatedTokens));
        Assert.All(Embed(Options(Model2Vec)), embedding => Assert.InRange(embedding?.TokenCount ?? 0, 0, 512));
    }

    [Fact]
    public void The_table_of_sentence_transformers_uses_a_whole_text()
    {
        CodeEmbedding?[] embeddings = Embed(Options(OfLibrary));

        Assert.Contains(embeddings, embedding => embedding?.TokenCount > 512);
        Assert.All(embeddings, embedding => Assert.Equal(0, embedding?.TruncatedTokens ?? 0));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"model_type":"model2vec"}""", true)]
    [InlineData("""{"normalize":true}""", true)]
    public void A_folder_without_modules_is_static_according_to_its_config(string config, bool isStatic)
    {
        string folder = Copy(Bare);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);

        if (isStatic)
        {
            Assert.Equal(32, Embed(Options(Bare) with { Model = folder })[0]!.Vector.Length);
        }
        else
        {
            Assert.Contains(
                "model_type is missing",
                Assert.Throws<ModelLoadException>(() => Embed(Options(Bare) with { Model = folder })).Problem,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_that_a_static_model_does_not_support_are_refused_by_name()
    {
        EmbeddingServiceOptions options = Options(Model2Vec);

        Assert.Contains("a static one", Refuse(options with { Precision = EmbeddingPrecision.Int8 }), StringComparison.Ordinal);
        Assert.Contains("a static one", Refuse(options with { Pooling = EmbeddingPooling.Cls }), StringComparison.Ordinal);
        Assert.Contains("a static model", Refuse(options with { Device = EmbeddingDevice.Cuda }), StringComparison.Ordinal);
        Assert.Contains("a static model", Refuse(options with { Device = EmbeddingDevice.CoreML }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_loaded_model_is_described()
    {
        using var service = new OnnxEmbeddingService(Options(Model2Vec) with { Device = EmbeddingDevice.Auto });

        EmbeddingModel model = service.Load(TestContext.Current.CancellationToken);

        Assert.Equal((32, 512, EmbeddingDevice.Cpu, null), (model.Dimensions, model.MaxLength, model.Device, model.Runtime));
        Assert.Contains("runs only on the processor", model.DeviceReason, StringComparison.Ordinal);
        Assert.Equal("static: Model2Vec", model.FingerprintParts["architecture"]);
    }

    [Theory]
    [InlineData(Model2Vec, 512)]
    [InlineData(Bare, 512)]
    [InlineData(OfLibrary, null)]
    public void The_values_in_the_files_are_reported_without_loading_it(string folder, int? maxLength)
    {
        ModelSummary summary = new OnnxModelInspector().Inspect(Path.Combine(Root, folder));

        Assert.Equal(("model2vec", 32, maxLength), (summary.Architecture, summary.Dimensions, summary.MaxLength));
    }

    [Fact]
    public void Dimensions_are_truncated_before_the_vector_is_scaled()
    {
        CodeEmbedding?[] whole = Embed(Options(Model2Vec)), cut = Embed(Options(Model2Vec) with { Dimensions = 8 });

        Assert.All(whole.Zip(cut).Where(pair => pair.First is not null), pair =>
        {
            double norm = Math.Sqrt(pair.First!.Vector.Take(8).Sum(value => (double)value * value));
            Assert.All(
                pair.First.Vector.Take(8).Zip(pair.Second!.Vector, (value, other) => Math.Abs((value / norm) - other)),
                difference => Assert.InRange(difference, 0, 1e-6));
        });
    }

    [Theory]
    [InlineData("embeddings", "other", "'embeddings' or 'embedding.weight'")]
    [InlineData("mapping", "other", "the table has 200 tokens")]
    public void A_missing_weight_is_named(string name, string otherName, string problem)
    {
        string folder = Copy(Quantized), file = Path.Combine(folder, "model.safetensors");
        SafetensorsBuilder weights = SafetensorsBuilder.Read(file), changed = new();
        foreach (string other in weights.Names.Where(other => other != "weights"))
            weights.CopyTo(changed, other, other == name ? otherName : other);

        File.WriteAllBytes(file, changed.Build());

        AssertProblem(folder, problem);
    }

    [Theory]
    [InlineData("mapping", "I64", 8, "gives the id 0 the row 9187201950435737471, and there are 200")]
    [InlineData("mapping", "U8", 1, "'mapping' in model.safetensors is U8 [1500]")]
    [InlineData("weights", "I32", 4, "'weights' in model.safetensors is I32 [1500]")]
    public void An_unusable_weight_is_named(string name, string type, int size, string problem)
    {
        string folder = Copy(Quantized), file = Path.Combine(folder, "model.safetensors");
        byte[] data = new byte[1500 * size];
        Array.Fill(data, (byte)0x7f);
        File.WriteAllBytes(file, SafetensorsBuilder.Read(file).Set(name, type, [1500], data).Build());

        AssertProblem(folder, problem);
    }

    [Fact]
    public void The_fingerprint_covers_the_values_and_the_rule()
    {
        string half = Copy(Bare), longer = Copy(Bare);
        SafetensorsBuilder weights = SafetensorsBuilder.Read(Path.Combine(longer, "model.safetensors"));
        float[] values =
        [
            .. MemoryMarshal.Cast<byte, Half>(weights.Data("embeddings")).ToArray()
                .Select(value => (float)value),
        ];
        byte[] bytes = MemoryMarshal.AsBytes<float>(values).ToArray();
        File.WriteAllBytes(
            Path.Combine(longer, "model.safetensors"), weights.Set("embeddings", "F32", [1500, 32], bytes).Build());
        string byModule = Copy(Bare);
        var renamed = new SafetensorsBuilder();
        weights.CopyTo(renamed, "embeddings", "embedding.weight");
        File.WriteAllBytes(Path.Combine(byModule, "model.safetensors"), renamed.Build());

        Assert.Equal(Fingerprint(half), Fingerprint(longer));
        Assert.NotEqual(Fingerprint(half), Fingerprint(byModule));
    }

    private static string Fingerprint(string folder)
    {
        using var service = new OnnxEmbeddingService(Options(Bare) with { Model = folder });
        return service.Load(TestContext.Current.CancellationToken).Fingerprint;
    }

    private static string Refuse(EmbeddingServiceOptions options) =>
        Assert.Throws<EmbeddingOptionException>(() => Embed(options)).Message;

    private static void AssertProblem(string folder, string problem) => Assert.Contains(
        problem,
        Assert.Throws<ModelLoadException>(() => Embed(Options(Quantized) with { Model = folder })).Problem,
        StringComparison.Ordinal);

    private static EmbeddingServiceOptions Options(string folder) =>
        new() { Model = Path.Combine(Root, folder), Device = EmbeddingDevice.Cpu, Threads = 1 };

    /// <summary>The embedding of each text, or <see langword="null"/> if it was rejected.</summary>
    private static CodeEmbedding?[] Embed(EmbeddingServiceOptions options)
    {
        using var service = new OnnxEmbeddingService(options);
        return
        [
            .. service.EmbedAsync(Snippets.OfTexts(), TestContext.Current.CancellationToken).GetAwaiter().GetResult()
                .Select(outcome => outcome.Value),
        ];
    }

    private static T[] Read<T>(string folder, string file) =>
        [.. File.ReadLines(Path.Combine(Root, folder, file)).Select(line => JsonSerializer.Deserialize<T>(line)!)];

    private string Copy(string folder) => _temporary.CopyFolder(Path.Combine(Root, folder), $"{Guid.NewGuid()}");
}
