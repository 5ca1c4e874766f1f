using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CodeEmbed.Tests.Staged;

/// <summary>Damages a checkpoint from the fixtures so that every vector is NaN.</summary>
internal static class PoisonedWeights
{
    /// <summary>Overwrites the scale of the first normalization in a float32 safetensors file with NaN.</summary>
    public static void Write(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using JsonDocument table = JsonDocument.Parse(bytes.AsMemory(sizeof(ulong), header));
        JsonElement offsets = table.RootElement.GetProperty("embeddings.LayerNorm.weight").GetProperty("data_offsets");
        int data = sizeof(ulong) + header;
        MemoryMarshal.Cast<byte, float>(bytes.AsSpan((data + offsets[0].GetInt32())..(data + offsets[1].GetInt32()))).Fill(
            float.NaN);
        File.WriteAllBytes(path, bytes);
    }
}
