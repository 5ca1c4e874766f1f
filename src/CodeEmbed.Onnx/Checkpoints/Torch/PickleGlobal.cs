namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>What a pickle may name: the classes and functions that a state dict is made of.</summary>
/// <param name="Name">The module and the name, as Python writes them.</param>
/// <param name="Storage">For a storage class, the type of its elements.</param>
internal sealed record PickleGlobal(string Name, ElementType? Storage = null)
{
    public static readonly PickleGlobal OrderedDict = new("collections.OrderedDict");
    public static readonly PickleGlobal RebuildTensor = new("torch._utils._rebuild_tensor_v2");
    public static readonly PickleGlobal RebuildOlderTensor = new("torch._utils._rebuild_tensor");
    public static readonly PickleGlobal RebuildParameterWithState = new("torch._utils._rebuild_parameter_with_state");
    public static readonly PickleGlobal RebuildParameter = new("torch._utils._rebuild_parameter");

    /// <summary>The global of that name, or <see langword="null"/> for one that a state dict does not need.</summary>
    public static PickleGlobal? Find(string module, string name)
    {
        string full = $"{module}.{name}";
        if (module == "torch" && ElementType.OfTorchStorage(name) is { } type)
            return new PickleGlobal(full, type);

        return new[] { OrderedDict, RebuildTensor, RebuildOlderTensor, RebuildParameter, RebuildParameterWithState }.FirstOrDefault(known => known.Name == full);
    }
}
