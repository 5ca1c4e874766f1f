namespace CodeEmbed.Onnx.Tensors;

/// <summary>The type of a tensor's elements as they are stored.</summary>
/// <param name="Name">Its name in safetensors.</param>
/// <param name="Size">
///   The size of an element in bytes; 0 if it is not known, which is allowed only for tensors that are not used.
/// </param>
internal sealed record ElementType(string Name, int Size)
{
    public static readonly ElementType Float64 = new("F64", 8);
    public static readonly ElementType Float32 = new("F32", 4);
    public static readonly ElementType Float16 = new("F16", 2);
    public static readonly ElementType BFloat16 = new("BF16", 2);
    public static readonly ElementType Int64 = new("I64", 8);
    public static readonly ElementType Int32 = new("I32", 4);
    public static readonly ElementType Int8 = new("I8", 1);

    private static readonly ElementType[] Known =
    [
        Float64, Float32, Float16, BFloat16, Int64, new("U64", 8), Int32, new("U32", 4), new("I16", 2), new("U16", 2), Int8,
        new("U8", 1), new("BOOL", 1),
    ];

    private static readonly Dictionary<string, string> TorchStorages = new()
    {
        ["FloatStorage"] = "F32", ["HalfStorage"] = "F16", ["BFloat16Storage"] = "BF16", ["DoubleStorage"] = "F64",
        ["LongStorage"] = "I64", ["IntStorage"] = "I32", ["ShortStorage"] = "I16", ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8", ["BoolStorage"] = "BOOL",
    };

    /// <summary>The type with this name in safetensors.</summary>
    public static ElementType Named(string name) => Known.FirstOrDefault(type => type.Name == name) ?? new ElementType(name, 0);

    /// <summary>
    ///   The type of the elements in a torch storage class, or <see langword="null"/> for a class that is not known.
    /// </summary>
    public static ElementType? OfTorchStorage(string className) =>
        TorchStorages.TryGetValue(className, out string? name) ? Named(name) : null;
}
