namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>A storage that a pickle refers to: a run of elements that lies elsewhere in the file.</summary>
/// <param name="Type">The type of the elements.</param>
/// <param name="Key">The name by which the file finds the storage.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record TorchStorage(ElementType Type, string Key, long Count);
