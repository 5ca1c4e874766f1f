using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>A tensor that a pickle describes: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The first element, counted from the start of the storage.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Strides">The distance in elements between neighbours, in each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Places the tensor in a file.</summary>
    /// <param name="name">Its name in the state dict.</param>
    /// <param name="file">The file.</param>
    /// <param name="storageStart">Where the storage starts, in bytes.</param>
    /// <param name="storageEnd">Where the storage ends, in bytes.</param>
    public CheckpointTensor Locate(string name, MappedFile file, long storageStart, long storageEnd)
    {
        Int128 offset = storageStart + ((Int128)Offset * Storage.Type.Size);
        if (offset < storageStart || offset > storageEnd)
            offset = -1;

        return new CheckpointTensor(name, Storage.Type, Shape, Strides, file, (long)offset, storageEnd);
    }
}

/// <summary>A storage that a pickle refers to: a run of elements elsewhere in the file.</summary>
/// <param name="Type">The type of the elements.</param>
/// <param name="Key">The name by which the file finds the storage.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record TorchStorage(ElementType Type, string Key, long Count);
