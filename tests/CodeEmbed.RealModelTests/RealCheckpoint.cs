using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CodeEmbed.RealModelTests;

/// <summary>Writes a model in the layout of the Hub, from its export and its vocabulary.</summary>
internal static class RealCheckpoint
{
    private const int HeadCount = 12;

    private static readonly string[] Modules = ["Transformer", "Pooling", "Normalize"];

    /// <summary>Reads the bytes of the export, and the tokens by id, from the assembly of a package.</summary>
    public static (byte[] Export, string[] Words) Unpack(string assemblyPath)
    {
        Assembly assembly = Assembly.LoadFile(Path.GetFullPath(assemblyPath));
        string words = Encoding.UTF8.GetString(Read(assembly, "vocab.txt"));
        return (Read(assembly, "model.onnx"), words.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
    }

    /// <summary>Writes the files.</summary>
    /// <param name="folder">The folder to write to.</param>
    /// <param name="export">The export.</param>
    /// <param name="words">The tokens by id.</param>
    /// <param name="pooling">The pooling's name in its config.json.</param>
    /// <param name="maxLength">The number of tokens that the model is meant to see.</param>
    public static void Write(string folder, OnnxExport export, string[] words, string pooling, int maxLength)
    {
        SortedDictionary<string, (int[] Shape, byte[] Data)> weights = export.ReadWeights();
        int[] positions = weights["embeddings.position_embeddings.weight"].Shape;
        WriteSafetensors(Path.Combine(folder, "model.safetensors"), weights);
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), string.Concat(words.Select(word => word + "\n")));
        WriteJson("config.json", new JsonObject
        {
            ["architectures"] = new JsonArray("BertModel"),
            ["model_type"] = "bert",
            ["hidden_act"] = "gelu",
            ["hidden_size"] = positions[1],
            ["intermediate_size"] = weights["encoder.layer.0.intermediate.dense.bias"].Shape[0],
            ["layer_norm_eps"] = 1e-12,
            ["max_position_embeddings"] = positions[0],
            ["num_attention_heads"] = HeadCount,
            ["num_hidden_layers"] = weights.Keys.Count(
                name => name.EndsWith(".intermediate.dense.bias", StringComparison.Ordinal)),
            ["pad_token_id"] = 0,
            ["position_embedding_type"] = "absolute",
            ["type_vocab_size"] = weights["embeddings.token_type_embeddings.weight"].Shape[0],
            ["vocab_size"] = words.Length,
        });
        WriteJson("sentence_bert_config.json", new JsonObject { ["max_seq_length"] = maxLength, ["do_lower_case"] = false });
        WriteJson("modules.json", new JsonArray([.. Modules.Select((module, i) => new JsonObject
        {
            ["idx"] = i,
            ["name"] = $"{i}",
            ["path"] = i == 0 ? string.Empty : $"{i}_{module}",
            ["type"] = $"sentence_transformers.models.{module}",
        })]));
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        WriteJson("1_Pooling/config.json", new JsonObject
        {
            ["word_embedding_dimension"] = positions[1],
            ["pooling_mode_cls_token"] = pooling == "cls",
            ["pooling_mode_mean_tokens"] = pooling == "mean",
        });

        void WriteJson(string name, JsonNode value) => File.WriteAllText(Path.Combine(folder, name), value.ToJsonString());
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using Stream stream = assembly.GetManifestResourceStream($"{assembly.GetName().Name}.Resources.{resource}")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>8 bytes with the length of the header, the JSON header, and the data without gaps.</summary>
    private static void WriteSafetensors(string path, SortedDictionary<string, (int[] Shape, byte[] Data)> tensors)
    {
        var header = new JsonObject();
        long end = 0;
        foreach ((string name, (int[] shape, byte[] data)) in tensors)
        {
            long start = end;
            end += data.Length;
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = JsonSerializer.SerializeToNode(shape),
                ["data_offsets"] = new JsonArray(start, end),
            };
        }

        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(text);
        foreach ((_, byte[] data) in tensors.Values)
            file.Write(data);
    }
}
