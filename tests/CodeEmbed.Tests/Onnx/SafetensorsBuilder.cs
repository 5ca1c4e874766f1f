using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Creates safetensors files: the length of the header in 8 bytes, the JSON header, and the data without gaps.</summary>
internal sealed class SafetensorsBuilder
{
    private readonly OrderedDictionary<string, (string Type, long[] Shape, byte[] Data)> _tensors = [];

    /// <summary>The names of the tensors.</summary>
    public IReadOnlyList<string> Names => [.. _tensors.Keys];

    /// <summary>Copies the tensors of a file.</summary>
    public static SafetensorsBuilder Read(string path)
    {
        var builder = new SafetensorsBuilder();
        byte[] bytes = File.ReadAllBytes(path);
        int data = sizeof(ulong) + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(sizeof(ulong)..data));
        foreach (JsonProperty entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            int[] offsets = entry.Value.GetProperty("data_offsets").Deserialize<int[]>()!;
            builder.Set(
                entry.Name,
                entry.Value.GetProperty("dtype").GetString()!,
                entry.Value.GetProperty("shape").Deserialize<long[]>()!,
                bytes[(data + offsets[0])..(data + offsets[1])]);
        }

        return builder;
    }

    /// <summary>A file with this header, valid or not, and this much data.</summary>
    public static byte[] Raw(string header, int dataLength)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. new byte[dataLength]];
    }

    /// <summary>Adds a tensor, or replaces the tensor with that name.</summary>
    public SafetensorsBuilder Set(string name, string type, long[] shape, byte[] data)
    {
        _tensors[name] = (type, shape, data);
        return this;
    }

    /// <summary>The data of a tensor, for changes.</summary>
    public byte[] Data(string name) => _tensors[name].Data;

    /// <summary>The shape of a tensor.</summary>
    public long[] Shape(string name) => _tensors[name].Shape;

    /// <summary>Copies a tensor to another file, under another name.</summary>
    public void CopyTo(SafetensorsBuilder other, string name, string otherName) => other._tensors[otherName] = _tensors[name];

    /// <summary>Removes a tensor.</summary>
    public SafetensorsBuilder Remove(string name)
    {
        _tensors.Remove(name);
        return this;
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] Build()
    {
        var header = new JsonObject();
        long position = 0;
        foreach ((string name, (string type, long[] shape, byte[] data)) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(position, position + data.Length),
            };
            position += data.Length;
        }

        // Padded with spaces, so that the data is aligned as the format recommends.
        string text = header.ToJsonString();
        using var file = new MemoryStream();
        file.Write(Raw(text.PadRight((text.Length + 7) / 8 * 8), 0));
        foreach ((_, _, byte[] data) in _tensors.Values)
            file.Write(data);

        return file.ToArray();
    }
}
