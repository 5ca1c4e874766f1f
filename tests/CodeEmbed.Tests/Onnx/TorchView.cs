namespace CodeEmbed.Tests.Onnx;

/// <summary>A tensor in torch's terms: a view of a storage.</summary>
/// <param name="Name">Its name in the state dict.</param>
/// <param name="StorageCount">The number of elements of the storage.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Strides">The distance between adjacent elements in each dimension, in elements.</param>
internal sealed record TorchView(string Name, long StorageCount, long[] Shape, long[] Strides)
{
    /// <summary>The first element in the storage.</summary>
    public long Offset { get; init; }

    /// <summary>The key of the storage.</summary>
    public string Key { get; init; } = "0";

    /// <summary>The class of the storage.</summary>
    public string StorageClass { get; init; } = "FloatStorage";

    /// <summary>Whether to write the older format, which records whether a storage is a view.</summary>
    public bool IsLegacy { get; init; }
}
