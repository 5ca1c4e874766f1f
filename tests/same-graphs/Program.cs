// Writes the graphs and the vectors of every fixture model, so that same-graphs.sh can compare two versions.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using CodeEmbed;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
#if BEFORE
using CodeEmbed.Onnx.Graph;
#else
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Tensors;
#endif

(string fixtures, string bundled, string output) = (args[0], args[1], args[2]);
string[] models = [.. Directory.GetDirectories(fixtures, "tiny-roberta*").Append(bundled).Order(StringComparer.Ordinal)];
string[] texts =
    [.. File.ReadLines(Path.Combine(fixtures, "texts.jsonl")).Select(line => JsonSerializer.Deserialize<string>(line)!)];
CodeSnippet[] snippets =
    [.. texts.Select((text, i) => new CodeSnippet { Id = $"{i}", FilePath = "", Language = "", Content = text })];
foreach (string model in models)
{
    string name = Path.GetFileName(model);
    WriteGraphs(new ModelFolder(model, name), name);
    using var service = new OnnxEmbeddingService(new() { Model = model, Device = EmbeddingDevice.Cpu, Threads = 1 });
    var bits = new MemoryStream();
    foreach (CodeSnippet[] batch in snippets.Chunk(16))
    {
#if BEFORE
        IEnumerable<CodeEmbedding> embeddings = service.EmbedBatch(batch, CancellationToken.None);
#else
        IEnumerable<CodeEmbedding> embeddings = (await service.EmbedAsync(batch)).Select(outcome => outcome.Value!);
#endif
        foreach (CodeEmbedding embedding in embeddings)
            bits.Write(MemoryMarshal.AsBytes<float>(embedding.Vector));
    }

    Report($"{name}: vectors", bits.ToArray());
}

void Report(string what, byte[] bytes) =>
    File.AppendAllText(output, $"{what} {bytes.Length} {Convert.ToHexString(SHA256.HashData(bytes))[..16]}\n");

void WriteGraphs(ModelFolder folder, string name)
{
    using Checkpoint checkpoint = Checkpoint.Open(folder);
#if BEFORE
    RobertaConfig config = RobertaConfig.Read(folder);
    using RobertaWeights weights = RobertaWeights.Load(checkpoint, config, default);
#else
    Encoder config = CheckpointSource.ReadConfig(folder, length: null, () => checkpoint.Tensors.Keys).Encoder;
    using EncoderWeights weights = EncoderWeights.Load(checkpoint, config, default);
#endif
    foreach (bool packed in (bool[])[false, true])
        Report($"{name} graph, packed {packed}", Build(weights.All, packed));

    byte[] Build(IEnumerable<Weight> all, bool packed)
    {
#if BEFORE
        return RobertaGraph.Build(config, all.Select(weight => (weight, 0L)), packed, "weights");
#else
        return EncoderGraph.Build(config, all.Select(weight => (weight, 0L)), packed, "weights");
#endif
    }
}
