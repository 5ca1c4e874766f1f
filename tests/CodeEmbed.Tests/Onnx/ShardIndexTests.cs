using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A checkpoint in several files, and the index that names them.</summary>
public sealed class ShardIndexTests : IDisposable
{
    private const string IndexName = "model.safetensors.index.json";

    private readonly ModelCopy _model = new("tiny-roberta-sharded");

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("\"../model-00002-of-00002.safetensors\"")]
    [InlineData("\"./model-00002-of-00002.safetensors\"")]
    [InlineData("\"/etc/passwd\"")]
    [InlineData("\"sub/model-00002-of-00002.safetensors\"")]
    [InlineData("\"..\\\\model-00002-of-00002.safetensors\"")]
    [InlineData("\"C:\\\\model-00002-of-00002.safetensors\"")]
    [InlineData("\"..\"")]
    [InlineData("\".\"")]
    [InlineData("\"\"")]
    [InlineData("2")]
    [InlineData("null")]
    [InlineData("[\"model-00002-of-00002.safetensors\"]")]
    public void A_shard_that_is_not_next_to_the_index_is_refused(string shard)
    {
        // The file exists, so only its name can be the reason for the refusal.
        File.Copy(
            _model.File("model-00002-of-00002.safetensors"), Path.Combine(_model.Path, "..", "model-00002-of-00002.safetensors"));
        Directory.CreateDirectory(_model.File("sub"));
        File.Copy(_model.File("model-00002-of-00002.safetensors"), _model.File("sub/model-00002-of-00002.safetensors"));
        NameLastShard(shard);

        string problem = _model.FailToLoad().Problem;

        Assert.Contains(IndexName, problem, StringComparison.Ordinal);
        Assert.Contains("not the name of a file next to it", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_with_a_lone_surrogate_in_its_name_is_refused()
    {
        string index = File.ReadAllText(_model.File(IndexName));
        File.WriteAllText(_model.File(IndexName), index.Replace("model-00002-of-00002", "\\ud800", StringComparison.Ordinal));

        Assert.Contains(IndexName, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        File.Delete(_model.File("model-00002-of-00002.safetensors"));

        Assert.Contains("model-00002-of-00002.safetensors is missing", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_shard_is_named()
    {
        File.WriteAllBytes(_model.File("model-00002-of-00002.safetensors"), new byte[100]);

        Assert.Contains("model-00002-of-00002.safetensors", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        File.Copy(_model.File("model-00002-of-00002.safetensors"), _model.File("again.safetensors"));
        _model.Patch(IndexName, index => index["weight_map"]!["any"] = "again.safetensors");

        Assert.Contains("again.safetensors", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":null}""")]
    public void An_index_without_a_map_is_refused(string index)
    {
        File.WriteAllText(_model.File(IndexName), index);

        Assert.Contains($"weight_map is missing in {IndexName}", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    public void An_index_that_is_not_a_JSON_object_is_refused(string index)
    {
        File.WriteAllText(_model.File(IndexName), index);

        Assert.Contains(IndexName, _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_names_no_shards_leaves_the_weights_missing()
    {
        File.WriteAllText(_model.File(IndexName), """{"weight_map":{}}""");

        Assert.Contains("embeddings.word_embeddings.weight", _model.FailToLoad().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Torch_shards_are_read_with_a_torch_index()
    {
        string expected = _model.Embed().Fingerprint;
        _model.UseWeights(
            "pytorch_model-00001-of-00001.bin", File.ReadAllBytes(Repository.Fixture("tiny-roberta/pytorch_model.bin")));
        _model.Patch(
            "pytorch_model.bin.index.json",
            index => index["weight_map"] = new JsonObject { ["any"] = "pytorch_model-00001-of-00001.bin" });

        Assert.Equal(expected, _model.Embed().Fingerprint);
    }

    private void NameLastShard(string shard) => _model.Patch(IndexName, index =>
    {
        JsonObject map = index["weight_map"]!.AsObject();
        foreach (string weight in map.Where(entry => (string)entry.Value! == "model-00002-of-00002.safetensors")
            .Select(entry => entry.Key)
            .ToArray())
            map[weight] = JsonNode.Parse(shard);
    });
}
