using System.Buffers.Binary;
using System.Text.Json;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Checkpoints;

/// <summary>Reads the table of a safetensors file.</summary>
/// <remarks>
///   The format: 8 bytes with the length of a header, the header in JSON, the data.
///   See https://huggingface.co/docs/safetensors, "Format".
/// </remarks>
internal static class SafetensorsReader
{
    private const int LengthSize = sizeof(ulong);

    /// <summary>The longest header that the format allows.</summary>
    private const int MaxHeaderLength = 100_000_000;

    /// <summary>Reads the tensors of a file; their data is not touched.</summary>
    /// <exception cref="ModelFormatException">The file is no safetensors file, or it contradicts itself.</exception>
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
            CheckpointTensor[] tensors = [.. ReadHeader(file, header.RootElement, LengthSize + (long)headerLength)];
            CheckOverlap(file, tensors);
            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or IndexOutOfRangeException)
        {
            // All but the first: an element that is of another kind, too large a number, or missing.
            throw NotSafetensors(file, "its header is damaged", e);
        }
    }

    private static IEnumerable<CheckpointTensor> ReadHeader(MappedFile file, JsonElement header, long data)
    {
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
                continue;

            ElementType type = ElementType.Named(entry.Value.GetProperty("dtype").GetString() ?? string.Empty);
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            JsonElement offsets = entry.Value.GetProperty("data_offsets");
            long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
            if (begin < 0 || end < begin || end > file.Length - data)
            {
                throw new ModelFormatException(
                    $"the tensor {MessageText.Quote(entry.Name)} is outside of {file.Name}; the file is damaged or cut short.");
            }

            var tensor = new CheckpointTensor(entry.Name, type, shape, null, file, data + begin, data + end);
            if (type.Size > 0 && tensor.Count * type.Size != tensor.Length)
            {
                throw new ModelFormatException(
                    $"the tensor {MessageText.Quote(entry.Name)} in {file.Name} has another size than its shape says.");
            }

            yield return tensor;
        }
    }

    /// <summary>The format forbids that two tensors share bytes.</summary>
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

    private static ModelFormatException NotSafetensors(MappedFile file, string why, Exception? cause = null) =>
        new(
            $"{file.Name} is no safetensors file, or is damaged: {why}.{FileStart.Describe(file.Head(FileFormat.StartLength))}",
            cause);
}
