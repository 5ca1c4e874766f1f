using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Models that another program exported to ONNX: see Fixtures/make_exports.py.</summary>
public sealed class ExportTests : IDisposable
{
    private const double LargestDifference = 1e-5;

    /// <summary>More than the number of the tokenizer's ids.</summary>
    private const int Rows = 2000;

    private readonly ModelCopy _model = new();

    public ExportTests() => _model.RemoveWeights();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("hidden-state.onnx", "model.onnx")]
    [InlineData("hidden-state.onnx", "onnx/model.onnx")]
    [InlineData("sentence-embedding.onnx", "onnx/model.onnx")]
    public void An_export_gives_the_vectors_of_PyTorch(string export, string place)
    {
        UseExport(export, place);
        using var service = new OnnxEmbeddingService(_model.Options);

        IReadOnlyList<CodeEmbedding> embeddings = service.EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken);

        double[][] expected = ExpectedValues.Vectors(FixtureModels.Tiny);
        Assert.All(embeddings.Zip(expected), pair => Assert.InRange(
            pair.First.Vector.Zip(pair.Second, (value, reference) => Math.Abs(value - reference)).Max(), 0, LargestDifference));
        Assert.Equal(64, service.Model!.Dimensions);
        Assert.Equal(512, service.Model.MaxLength);
    }

    [Theory]
    [InlineData("hidden-state.onnx")]
    [InlineData("sentence-embedding.onnx")]
    public void Texts_in_one_run_of_a_device_have_the_vectors_of_PyTorch(string export)
    {
        UseExport(export, "model.onnx");
        using var service = new OnnxEmbeddingService(
            _model.Options with { MaxBatchTokens = 2000 }, ExecutionProvider.ProcessorAsDevice);

        IReadOnlyList<CodeEmbedding> embeddings = service.EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken);

        double[][] expected = ExpectedValues.Vectors(FixtureModels.Tiny);
        Assert.All(embeddings.Zip(expected), pair => Assert.InRange(
            pair.First.Vector.Zip(pair.Second, (value, reference) => Math.Abs(value - reference)).Max(), 0, LargestDifference));
        Assert.Equal(2000, service.Model!.MaxBatchTokens);
    }

    [Fact]
    public void A_graph_without_a_mask_runs_one_text_at_a_time_on_a_device_and_says_so()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        using var service = new OnnxEmbeddingService(_model.Options, ExecutionProvider.ProcessorAsDevice);

        Assert.Equal(ToyExport.Width, Embed(service, "x").Vector.Length);
        Assert.Null(service.Model!.MaxBatchTokens);
        Assert.Contains("each snippet has its own run", service.Model.DeviceReason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_is_not_run_in_float16()
    {
        UseExport("hidden-state.onnx", "model.onnx");
        using var service = new OnnxEmbeddingService(
            _model.Options with { Precision = EmbeddingPrecision.Float16 }, ExecutionProvider.ProcessorAsDevice);

        EmbeddingOptionException error = Assert.Throws<EmbeddingOptionException>(() => Embed(service, "x"));

        Assert.Equal("Precision", error.Option);
        Assert.Contains("this model is an ONNX export", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_a_known_architecture_takes_precedence()
    {
        using var model = new ModelCopy();
        using var plain = new OnnxEmbeddingService(model.Options);
        string fingerprint = Embed(plain, "x").Fingerprint;
        Directory.CreateDirectory(model.File("onnx"));
        File.WriteAllText(model.File("onnx/model.onnx"), "not even a graph");
        using var service = new OnnxEmbeddingService(model.Options);

        Assert.Equal(fingerprint, Embed(service, "x").Fingerprint);
    }

    [Fact]
    public void An_export_takes_precedence_over_a_checkpoint_of_an_unknown_architecture()
    {
        using var model = new ModelCopy();
        model.Configure("model_type", "\"mpnet-like\"");
        ToyExport.Write(model.File("onnx/model.onnx"), Rows);
        using var service = new OnnxEmbeddingService(model.Options with { Normalize = false });

        Assert.Equal(ToyExport.Width, Embed(service, "x").Vector.Length);
    }

    [Fact]
    public void Weights_may_be_in_a_file_next_to_the_graph()
    {
        ToyExport.Write(_model.File("onnx/model.onnx"), Rows);
        using var service = new OnnxEmbeddingService(_model.Options with { Normalize = false });
        double mean = ExpectedValues.Ids(FixtureModels.Tiny)[0].Average();

        float[] vector = Embed(service, ExpectedValues.Texts[0]).Vector;

        Assert.Equal(
            [mean, -mean], vector.Select(value => (double)value), (expected, actual) => Math.Abs(expected - actual) < 1e-3);
    }

    [Theory]
    [InlineData("model.onnx_data")]
    [InlineData("weights.bin")]
    public void Other_weights_next_to_the_same_graph_have_another_fingerprint(string dataName)
    {
        ToyExport.Write(_model.File("model.onnx"), Rows, data: dataName);
        string fingerprint;

        // Windows does not change a file that is in use.
        using (var before = new OnnxEmbeddingService(_model.Options))
            fingerprint = Embed(before, "x").Fingerprint;

        byte[] data = File.ReadAllBytes(_model.File(dataName));
        data[^1] ^= 1;
        File.Delete(_model.File(dataName));
        File.WriteAllBytes(_model.File(dataName), data);
        using var after = new OnnxEmbeddingService(_model.Options);

        Assert.NotEqual(fingerprint, Embed(after, "x").Fingerprint);
    }

    [Fact]
    public void Positions_that_are_counted_differently_have_another_fingerprint()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        using var before = new OnnxEmbeddingService(_model.Options);
        string fingerprint = Embed(before, "x").Fingerprint;
        _model.Configure("model_type", "\"bert\"");
        using var after = new OnnxEmbeddingService(_model.Options);

        Assert.NotEqual(fingerprint, Embed(after, "x").Fingerprint);
    }

    [Theory]
    [InlineData("input_ids", "logits", "gives logits; supported: last_hidden_state, sentence_embedding")]
    [InlineData("pixel_values", "last_hidden_state", "requires the input 'pixel_values'")]
    public void An_unknown_input_or_output_is_named(string input, string output, string problem)
    {
        ToyExport.Write(_model.File("model.onnx"), Rows, input, output);

        Assert.Contains(problem, LoadError(_model.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_is_not_a_tensor_is_named()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        ToyExport.AddInput(_model.File("model.onnx"), "token_type_ids", ToyExport.SequenceOf(ToyExport.Int64Type));

        Assert.Contains("the input 'token_type_ids' of the ONNX export is not a tensor", _model.FailToLoad().Message);
    }

    [Fact]
    public void A_position_that_a_32_bit_input_cannot_hold_is_named()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        ToyExport.AddInput(_model.File("model.onnx"), "position_ids", ToyExport.TensorOf(ToyExport.Int32Type, "batch", "tokens"));
        _model.Patch("config.json", config =>
        {
            config["pad_token_id"] = int.MaxValue;
            config.Remove("max_position_embeddings");
        });

        Assert.Contains("the input 'position_ids' of the ONNX export is Int32, and 2147483648", _model.FailToLoad().Message);
    }

    [Theory]
    [InlineData("last_hidden_state", new[] { 2, 2 }, @"\[1, (\d+), 2, 2\], and must be \[1, \1, width\]")]
    [InlineData("last_hidden_state", new[] { 0 }, @"\[1, (\d+), 0\], and must be \[1, \1, width\]")]
    [InlineData("sentence_embedding", new[] { 2 }, @"\[1, \d+, 2\], and must be \[1, width\]")]
    public void An_output_that_is_no_hidden_state_and_no_vector_is_named_with_its_shape(string output, int[] row, string shapes)
    {
        ToyExport.Write(_model.File("model.onnx"), Rows, output: output, row: row);

        Assert.Matches($"the output '{output}' of the ONNX export has the shape {shapes}", LoadError(_model.Options));
    }

    [Theory]
    [InlineData("weights/table.bin")]
    [InlineData("weights/more/model.onnx_data")]
    public void Weights_in_a_folder_next_to_the_graph_are_read_and_included_in_the_fingerprint(string data)
    {
        ToyExport.Write(_model.File("model.onnx"), Rows, data: data);
        Directory.CreateDirectory(Path.GetDirectoryName(_model.File(data))!);
        File.Move(_model.File(Path.GetFileName(data)), _model.File(data));
        string fingerprint;
        using (var before = new OnnxEmbeddingService(_model.Options))
            fingerprint = Embed(before, "x").Fingerprint;

        byte[] bytes = File.ReadAllBytes(_model.File(data));
        bytes[^1] ^= 1;
        File.WriteAllBytes(_model.File(data), bytes);
        using var after = new OnnxEmbeddingService(_model.Options);

        Assert.NotEqual(fingerprint, Embed(after, "x").Fingerprint);
    }

    // Each of these names is in the graph's bytes, or in the name of its data.
    [Theory]
    [InlineData("a")]
    [InlineData("toy")]
    [InlineData("input_ids")]
    [InlineData("location")]
    [InlineData("data")]
    [InlineData("onnx/table")]
    public void Another_file_next_to_the_graph_changes_nothing(string other)
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        using var before = new OnnxEmbeddingService(_model.Options);
        string fingerprint = Embed(before, "x").Fingerprint;
        Directory.CreateDirectory(Path.GetDirectoryName(_model.File(other))!);
        File.WriteAllText(_model.File(other), "not part of the model");
        using var after = new OnnxEmbeddingService(_model.Options);

        Assert.Equal(fingerprint, Embed(after, "x").Fingerprint);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("sub/../../model.onnx_data")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("sub//model.onnx_data")]
    [InlineData("sub\\model.onnx_data")]
    [InlineData("C:\\model.onnx_data")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    [InlineData("NUL")]
    public void A_data_path_outside_the_folder_is_refused(string data)
    {
        ToyExport.Write(_model.File("onnx/model.onnx"), Rows, data: data);

        Assert.StartsWith(
            $"model.onnx says that its weights are in '{data}', which is not a path in its folder",
            LoadError(_model.Options),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_data_is_named()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        File.Delete(_model.File("model.onnx_data"));

        Assert.StartsWith("model.onnx_data is missing", LoadError(_model.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_a_graph_is_an_error()
    {
        File.WriteAllText(_model.File("model.onnx"), "not even a graph");

        Assert.StartsWith("model.onnx is not an ONNX graph", LoadError(_model.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_graph_is_reported()
    {
        File.WriteAllBytes(_model.File("model.onnx"), File.ReadAllBytes(Repository.Fixture("exports/hidden-state.onnx"))[..^100]);

        Assert.StartsWith(
            "model.onnx is not an ONNX graph, or is damaged or cut short", LoadError(_model.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_larger_than_2_GiB_is_an_error_that_says_what_to_do()
    {
        using (FileStream graph = File.Create(_model.File("model.onnx")))
            graph.SetLength(1L << 31);

        Assert.Contains(
            "Export the model with its weights in files next to the graph", LoadError(_model.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pooling_cannot_be_requested_from_an_export_that_pools_itself()
    {
        UseExport("sentence-embedding.onnx", "model.onnx");

        using var service = new OnnxEmbeddingService(_model.Options with { Pooling = EmbeddingPooling.Cls });
        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(() => Embed(service, "x"));

        Assert.Equal("Pooling", exception.Option);
        Assert.Contains("pools by itself", exception.Message, StringComparison.Ordinal);
    }

    private static CodeEmbedding Embed(OnnxEmbeddingService service, string text) =>
        service.EmbedBatch([Snippets.Of(text)], TestContext.Current.CancellationToken).Single();

    private static string LoadError(EmbeddingServiceOptions options)
    {
        using var service = new OnnxEmbeddingService(options);
        return Assert.Throws<ModelLoadException>(() => Embed(service, "x")).Problem;
    }

    [Fact]
    public void Int8_is_refused_and_float32_named_instead()
    {
        ToyExport.Write(_model.File("model.onnx"), Rows);
        using var service = new OnnxEmbeddingService(_model.Options with { Precision = EmbeddingPrecision.Int8 });

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(
            () => service.Load(TestContext.Current.CancellationToken));

        Assert.Equal("Precision", exception.Option);
        Assert.Contains("this model is an ONNX export. Use the precision Float32", exception.Message, StringComparison.Ordinal);
    }

    private void UseExport(string export, string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_model.File(place))!);
        File.Copy(Repository.Fixture($"exports/{export}"), _model.File(place));
    }
}
