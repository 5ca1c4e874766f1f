using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   A model of CodeBERT's size, for tests that depend only on the size: its weights are a hole in a file, which reads as zeros.
/// </summary>
internal static class LargeModel
{
    private const int Layers = 12, Hidden = 768, Intermediate = 3072, Vocabulary = 50265, Positions = 514;

    /// <summary>Creates the model with the tokenizer of the small one, and returns its folder.</summary>
    /// <param name="folder">The folder to create.</param>
    /// <param name="type">The type of the weights in safetensors' notation, F32 or F16.</param>
    public static string Write(TemporaryFolder folder, string type = "F32")
    {
        string path = folder.CopyFolder(Repository.Fixture("tiny-roberta-bare"), $"codebert-size-{type}");
        File.Delete(Path.Combine(path, "pytorch_model.bin"));
        string configPath = Path.Combine(path, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(configPath))!;
        (string, int)[] sizes =
        [
            ("num_hidden_layers", Layers), ("hidden_size", Hidden), ("intermediate_size", Intermediate), (
                "num_attention_heads", 12),
            ("vocab_size", Vocabulary), ("max_position_embeddings", Positions),
        ];
        foreach ((string name, int value) in sizes)
            config[name] = value;

        File.WriteAllText(configPath, config.ToJsonString());
        WriteWeights(Path.Combine(path, "model.safetensors"), type);
        return path;
    }

    private static void WriteWeights(string path, string type)
    {
        var header = new JsonObject();
        long position = 0;
        foreach ((string name, int[] shape) in Tensors())
        {
            long length = (type == "F32" ? sizeof(float) : sizeof(ushort)) * shape.Aggregate(
                1L, (product, size) => product * size);
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(position, position + length),
            };
            position += length;
        }

        string text = header.ToJsonString();
        byte[] bytes = Encoding.UTF8.GetBytes(text.PadRight((text.Length + 7) / 8 * 8));
        byte[] headerLength = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(headerLength, (ulong)bytes.Length);
        using FileStream file = File.Create(path);
        file.Write(headerLength);
        file.Write(bytes);
        file.SetLength(file.Position + position);
    }

    private static IEnumerable<(string Name, int[] Shape)> Tensors()
    {
        yield return ("embeddings.word_embeddings.weight", [Vocabulary, Hidden]);
        yield return ("embeddings.position_embeddings.weight", [Positions, Hidden]);
        yield return ("embeddings.token_type_embeddings.weight", [1, Hidden]);
        yield return ("embeddings.LayerNorm.weight", [Hidden]);
        yield return ("embeddings.LayerNorm.bias", [Hidden]);
        for (int layer = 0; layer < Layers; layer++)
        {
            (string Name, int Outputs, int Inputs)[] products =
            [
                ("attention.self.query", Hidden, Hidden), ("attention.self.key", Hidden, Hidden), (
                    "attention.self.value", Hidden, Hidden),
                ("attention.output.dense", Hidden, Hidden), ("intermediate.dense", Intermediate, Hidden), (
                    "output.dense", Hidden, Intermediate),
            ];
            foreach ((string name, int outputs, int inputs) in products)
            {
                yield return ($"encoder.layer.{layer}.{name}.weight", [outputs, inputs]);
                yield return ($"encoder.layer.{layer}.{name}.bias", [outputs]);
            }

            foreach (string name in new[] { "attention.output", "output" })
            {
                yield return ($"encoder.layer.{layer}.{name}.LayerNorm.weight", [Hidden]);
                yield return ($"encoder.layer.{layer}.{name}.LayerNorm.bias", [Hidden]);
            }
        }
    }
}
