using System.Text.Json.Nodes;
using CodeEmbed.Tests.Onnx;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   Running out of memory: once the model runs, the process may allocate only a few hundred MiB more. Then one snippet needs a
///   gigabyte at once, or a larger model is loaded.
/// </summary>
[Collection(Alone.Name)]
public sealed class MemoryLimitTests : IDisposable
{
    private const string Limit = """
        param($Model, $In, $Out, [long]$More)
        'x = 1' | ConvertTo-CodeEmbedding -Model $Model -MaxLength 8192 -Threads 1 | Out-Null
        [GC]::Collect()
        $size = [System.Diagnostics.Process]::GetCurrentProcess().VirtualMemorySize64
        prlimit --pid $PID "--as=$($size + $More * 1MB)"

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_snippet_that_needs_too_much_memory_is_rejected_and_the_others_are_embedded()
    {
        string input = _folder.WriteLines(
            "in.jsonl",
            InputFiles.Record("1"),
            InputFiles.Record("2"),
            InputFiles.Record("long", string.Concat(Enumerable.Repeat(" x", 9000))),
            InputFiles.Record("4"));

        var result = await RunAsync(
            "Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model -MaxLength 8192 -Threads 1 -SkipFailed | "
            + "Export-CodeEmbedding $Out", input, 700);

        Assert.Equal((2, string.Empty), (result.ExitCode, result.Output));
        string[] lines = result.Error.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        string error = lines[0];
        Assert.StartsWith("error EmbeddingError: ", error, StringComparison.Ordinal);
        Assert.StartsWith("Wrote 3 embeddings to ", lines[1], StringComparison.Ordinal);
        Assert.Contains("'long': there is not enough memory", error, StringComparison.Ordinal);
        Assert.Equal(["1", "2", "4"], InputFiles.Column(_folder.File("out.jsonl"), "id").Select(id => id.GetString()!));
    }

    [Fact]
    public async Task A_model_that_needs_too_much_memory_is_a_ModelLoadError()
    {
        string large = LargeModel.Write(_folder);

        var result = await RunAsync("'x = 1' | ConvertTo-CodeEmbedding -Model $In -Threads 1", large, 100);

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        string error = Assert.Single(result.Error.Trim().Split('\n'));
        Assert.StartsWith($"error ModelLoadError: The model '{large}' cannot be loaded: ", error, StringComparison.Ordinal);
        Assert.Contains("memory", error, StringComparison.Ordinal);
    }

    /// <summary>A small model that accepts 8,192 tokens, for which its inner layer takes 1 GiB.</summary>
    private string WriteModel()
    {
        const int hidden = 64, inner = 32768, positions = 8194;
        string path = _folder.CopyFolder(Repository.Fixture("tiny-roberta"), "wide");
        string configPath = Path.Combine(path, "config.json"), weights = Path.Combine(path, "model.safetensors");
        JsonNode config = JsonNode.Parse(File.ReadAllText(configPath))!;
        (config["intermediate_size"], config["max_position_embeddings"]) = (inner, positions);
        File.WriteAllText(configPath, config.ToJsonString());
        SafetensorsBuilder tensors = SafetensorsBuilder.Read(weights);
        Zero("embeddings.position_embeddings.weight", positions, hidden);
        for (int layer = 0; layer < 2; layer++)
        {
            Zero($"encoder.layer.{layer}.intermediate.dense.weight", inner, hidden);
            Zero($"encoder.layer.{layer}.intermediate.dense.bias", inner);
            Zero($"encoder.layer.{layer}.output.dense.weight", hidden, inner);
        }

        File.WriteAllBytes(weights, tensors.Build());
        return path;

        void Zero(string name, params long[] shape) =>
            tensors.Set(name, "F32", shape, new byte[shape.Aggregate(4L, (product, size) => product * size)]);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string line, string input, int moreMebibytes)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit"), "prlimit is not installed.");
        string script = _folder.WriteLines("limit.ps1", Limit + line);
        return await HostProcess.RunAsync("-File", script, WriteModel(), input, _folder.File("out.jsonl"), $"{moreMebibytes}");
    }
}
