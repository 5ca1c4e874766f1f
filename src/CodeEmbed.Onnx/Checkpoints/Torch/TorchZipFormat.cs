using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>The format of torch.save since torch 1.6: a zip archive whose entries are not compressed.</summary>
/// <remarks>
///   <c>NAME/data.pkl</c> is the pickle, <c>NAME/data/KEY</c> the storage of each key, <c>NAME/byteorder</c> the byte order
///   (little-endian if it is missing). See <c>_save</c> in torch/serialization.py.
/// </remarks>
internal static class TorchZipFormat
{
    private const string PickleName = "/data.pkl";

    /// <summary>Determines whether a file is a zip archive.</summary>
    public static bool IsZip(MappedFile file) => file.Head(4).SequenceEqual("PK\x03\x04"u8);

    /// <summary>Reads the tensors of a file; their data is not touched.</summary>
    /// <exception cref="ModelFormatException">
    ///   The file does not have this format, is damaged, or asks for more than tensors.
    /// </exception>
    public static IEnumerable<CheckpointTensor> Read(MappedFile file)
    {
        Dictionary<string, ZipEntry> entries = ZipDirectory.Read(file);
        string pickle = entries.Keys.FirstOrDefault(name => name.EndsWith(PickleName, StringComparison.Ordinal))
            ?? throw new ModelFormatException(
                $"{file.Name} is a zip archive without data.pkl, so it is not a file from torch.save. It holds "
                + $"{MessageText.QuoteList(entries.Keys)}.");
        string root = pickle[..^PickleName.Length];
        if (entries.TryGetValue($"{root}/byteorder", out ZipEntry? order)
            && !file.Bytes(order.Offset, (int)Math.Min(order.Length, 16)).SequenceEqual("little"u8))
        {
            throw new ModelFormatException(
                $"{file.Name} was saved on a big-endian machine, which cannot be read. Save it again on another.");
        }

        ZipEntry program = entries[pickle];
        if (program.Length > StateDictUnpickler.MaxLength)
            throw new ModelFormatException($"data.pkl in {file.Name} is larger than {StateDictUnpickler.MaxLength} bytes, far "
                + "more than a state dict takes.");

        object? value = new StateDictUnpickler(file.Bytes(program.Offset, (int)program.Length), file.Name).Load();
        return [.. StateDict.Tensors(value, file.Name).Select(entry => Locate(file, entries, root, entry))];
    }

    private static CheckpointTensor Locate(
        MappedFile file, Dictionary<string, ZipEntry> entries, string root, KeyValuePair<string, TorchTensor> entry)
    {
        string name = $"{root}/data/{entry.Value.Storage.Key}";
        if (!entries.TryGetValue(name, out ZipEntry? storage))
        {
            throw new ModelFormatException(
                $"the storage of the tensor {MessageText.Quote(entry.Key)} is missing in {file.Name}.");
        }

        return entry.Value.Locate(entry.Key, file, storage.Offset, storage.Offset + storage.Length);
    }
}
