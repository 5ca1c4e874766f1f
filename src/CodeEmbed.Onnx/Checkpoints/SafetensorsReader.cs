using System.Buffers.Binary;
using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints;

/// <summary>Reads the table of a safetensors file.</summary>
/// <remarks>
///   The format: the header's length in 8 bytes, the header in JSON, the data.
///   See https://huggingface.co/docs/safetensors, "Format".
/// </remarks>
internal static class SafetensorsReader
{
    private const int LengthSize = sizeof(ulong);

    /// <summary>The longest header that the format allows.</summary>
    private const int MaxHeaderLength = 100_000_000;

    /// <summary>Reads the tensors of a file; their data is not touched.</summary>
    /// <exception cref="ModelFormatException">The file is not a safetensors file, or it contradicts itself.</exception>
    public static IEnumerable<CheckpointTensor> Read(MappedFile file)
    {
        if (file.Length < LengthSize)
            throw NotSafetensors(file, "it is too short");

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Head(LengthSize));
        if (headerLength > MaxHeaderLength || !file.Contains(LengthSize, (long)headerLength))
            throw NotSafetensors(file, $"its header would be {headerLength} bytes long");

        try
        {
            using JsonDocument header = JsonDocument.Parse(file.Bytes(LengthSize, (int)headerLength).ToArray());
            if (header.RootElement.ValueKind != JsonValueKind.Object)
                throw Damaged(file);

            CheckpointTensor[] tensors = [.. ReadHeader(file, header.RootElement, LengthSize + (long)headerLength)];
            CheckOverlap(file, tensors);
            return tensors;
        }
        catch (JsonException e)
        {
            throw Damaged(file, e);
        }
        catch (InvalidOperationException e) when (JsonFile.IsOfText(e))
        {
            throw Damaged(file, e);
        }
    }

    private static IEnumerable<CheckpointTensor> ReadHeader(MappedFile file, JsonElement header, long data)
    {
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
                continue;

            if (Find(entry.Value, "dtype") is not { ValueKind: JsonValueKind.String } name
                || FindIntegers(entry.Value, "shape") is not { } shape
                || FindIntegers(entry.Value, "data_offsets") is not [var begin, var end])
                throw Damaged(file);

            if (begin < 0 || end < begin || end > file.Length - data)
            {
                throw new ModelFormatException(
                    $"the tensor {MessageText.Quote(entry.Name)} is outside {file.Name}; the file is damaged or cut short.");
            }

            var type = ElementType.Named(name.GetString()!);
            var tensor = new CheckpointTensor(entry.Name, type, shape, null, file, data + begin, data + end);
            if (type.Size > 0 && tensor.Count * type.Size != tensor.Length)
            {
                throw new ModelFormatException(
                    $"the tensor {MessageText.Quote(entry.Name)} in {file.Name} has another size than its shape says.");
            }

            yield return tensor;
        }
    }

    private static JsonElement? Find(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out JsonElement value) ? value : null;

    /// <summary>A list of integers, or <see langword="null"/> if it is something else.</summary>
    private static long[]? FindIntegers(JsonElement entry, string name)
    {
        if (Find(entry, name) is not { ValueKind: JsonValueKind.Array } list)
            return null;

        var integers = new long[list.GetArrayLength()];
        int count = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out integers[count++]))
                return null;
        }

        return integers;
    }

    /// <summary>The format does not allow tensors to share bytes.</summary>
    private static void CheckOverlap(MappedFile file, CheckpointTensor[] tensors)
    {
        long end = 0;
        foreach (CheckpointTensor tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Length))
        {
            if (tensor.Offset < end)
                throw new ModelFormatException($"the tensor {MessageText.Quote(tensor.Name)} in {file.Name} overlaps another.");

            end = tensor.Offset + tensor.Length;
        }
    }

    private static ModelFormatException Damaged(MappedFile file, Exception? cause = null) =>
        NotSafetensors(file, "its header is damaged", cause);

    private static ModelFormatException NotSafetensors(MappedFile file, string why, Exception? cause = null) =>
        new(
            $"{file.Name} is not a safetensors file, or is damaged: {why}."
            + FileStart.Describe(file.Head(FileFormat.StartLength)),
            cause);
}
