using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CodeEmbed.KillTest;

/// <summary>
///   A copy of the model whose weights for one token are NaN, so that exactly the snippets with that token cannot be embedded.
/// </summary>
internal static class PoisonedModel
{
    /// <summary>The token.</summary>
    public const string Token = "~";

    /// <summary>Creates the copy.</summary>
    /// <param name="folder">The folder to create it in.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Build.Model))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));

        using JsonDocument vocabulary = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vocab.json")));
        int token = vocabulary.RootElement.GetProperty(Token).GetInt32();
        string weights = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using JsonDocument table = JsonDocument.Parse(bytes.AsMemory(sizeof(ulong), header));
        JsonElement tensor = table.RootElement.GetProperty("embeddings.word_embeddings.weight");
        int start = sizeof(ulong) + header + tensor.GetProperty("data_offsets")[0].GetInt32();
        int row = tensor.GetProperty("shape")[1].GetInt32() * sizeof(float);
        MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start + (token * row), row)).Fill(float.NaN);
        File.WriteAllBytes(weights, bytes);
    }
}
