using System.Buffers.Binary;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>The format of torch.save before torch 1.6.</summary>
/// <remarks>
///   Five pickles (a magic number, the protocol version, the machine's sizes, the object, the keys of the storages), then for
///   each storage the number of its elements in 8 bytes and the elements. See <c>_legacy_save</c> in torch/serialization.py.
/// </remarks>
internal static class TorchLegacyFormat
{
    private const long ProtocolVersion = 1001;

    /// <summary>0x1950a86a20f9469cfc6c, little-endian.</summary>
    private static ReadOnlySpan<byte> MagicNumber => [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <summary>Reads the tensors of a file; their data is not touched.</summary>
    /// <exception cref="ModelFormatException">
    ///   The file does not have this format, is damaged, or asks for more than tensors.
    /// </exception>
    public static IEnumerable<CheckpointTensor> Read(MappedFile file)
    {
        var unpickler = new StateDictUnpickler(file.Head(StateDictUnpickler.MaxLength), file.Name);
        if (!file.Head(2).SequenceEqual<byte>([0x80, 2]))
        {
            throw new ModelFormatException(
                $"{file.Name} is not a file from torch.save, or is damaged: it starts with neither format's "
                + $"mark.{FileStart.Describe(file.Head(FileFormat.StartLength))}");
        }

        if (unpickler.Load() is not byte[] magic || !magic.AsSpan().SequenceEqual(MagicNumber))
        {
            throw new ModelFormatException(
                $"{file.Name} is not a file from torch.save, or is damaged: it starts like a pickle, but not like torch's.");
        }

        if (unpickler.Load() is not ProtocolVersion)
            throw new ModelFormatException($"{file.Name} has a version of torch's format that is not supported.");

        CheckByteOrder(unpickler.Load(), file);
        KeyValuePair<string, TorchTensor>[] tensors = [.. StateDict.Tensors(unpickler.Load(), file.Name)];
        if (unpickler.Load() is not List<object?> keys)
            throw new ModelFormatException($"{file.Name} is damaged: the list of its storages is missing.");

        Dictionary<string, long> starts = LocateStorages(file, keys, tensors, unpickler.Position);
        return [.. tensors.Select(entry => Locate(file, entry, starts))];
    }

    private static void CheckByteOrder(object? sizes, MappedFile file)
    {
        if (sizes is not Dictionary<string, object?> values || values.GetValueOrDefault("little_endian") is not true)
        {
            throw new ModelFormatException(
                $"{file.Name} was saved on a big-endian machine, which cannot be read. Save it again on another.");
        }
    }

    /// <summary>Where each storage starts, by its key.</summary>
    private static Dictionary<string, long> LocateStorages(
        MappedFile file, List<object?> keys, KeyValuePair<string, TorchTensor>[] tensors, long position)
    {
        Dictionary<string, TorchStorage> storages = [];
        foreach ((_, TorchTensor tensor) in tensors)
            storages[tensor.Storage.Key] = tensor.Storage;

        var starts = new Dictionary<string, long>();
        foreach (object? key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out TorchStorage? storage))
            {
                throw new ModelFormatException(
                    $"{file.Name} holds a storage that no tensor uses, so its size is not known.");
            }

            if (!file.Contains(position, sizeof(long)))
                throw CutShort(file);

            long count = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(position, sizeof(long)));
            position += sizeof(long);
            Int128 length = (Int128)count * storage.Type.Size;
            if (count != storage.Count || length > file.Length || !file.Contains(position, (long)length))
                throw CutShort(file);

            starts[name] = position;
            position += (long)length;
        }

        return starts;
    }

    private static CheckpointTensor Locate(
        MappedFile file, KeyValuePair<string, TorchTensor> entry, Dictionary<string, long> starts)
    {
        TorchStorage storage = entry.Value.Storage;
        if (!starts.TryGetValue(storage.Key, out long start))
        {
            throw new ModelFormatException(
                $"the storage of the tensor {MessageText.Quote(entry.Key)} is missing in {file.Name}.");
        }

        return entry.Value.Locate(entry.Key, file, start, start + (storage.Count * storage.Type.Size));
    }

    private static ModelFormatException CutShort(MappedFile file) =>
        new($"{file.Name} is damaged or cut short: a storage does not fit the file.");
}
