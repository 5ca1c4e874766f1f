using System.Buffers.Binary;
using System.Text;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Writes pickles of protocol 2, opcode by opcode, as Python's Lib/pickletools.py describes them.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];

    /// <summary>Starts a pickle.</summary>
    public PickleBuilder() => Opcode(0x80, 2);

    /// <summary>A pickled state dict of these tensors.</summary>
    public static byte[] StateDict(params TorchView[] tensors)
    {
        PickleBuilder pickle = new PickleBuilder().Opcode((byte)'}').Opcode((byte)'(');
        foreach (TorchView tensor in tensors)
            pickle.Text(tensor.Name).Tensor(tensor);

        return pickle.Opcode((byte)'u').Build();
    }

    /// <summary>Adds an opcode and the bytes of its argument.</summary>
    public PickleBuilder Opcode(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Adds a string.</summary>
    public PickleBuilder Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Opcode((byte)'X').Int32(utf8.Length).Opcode(utf8);
    }

    /// <summary>Adds an integer.</summary>
    public PickleBuilder Integer(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Opcode(0x8a, sizeof(long)).Opcode(bytes);
    }

    /// <summary>Adds a class or function by name.</summary>
    public PickleBuilder Global(string module, string name) =>
        Opcode((byte)'c').Opcode(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>Adds a tuple of integers.</summary>
    public PickleBuilder Tuple(params long[] values)
    {
        Opcode((byte)'(');
        foreach (long value in values)
            Integer(value);

        return Opcode((byte)'t');
    }

    /// <summary>
    ///   Adds a tensor as torch.save does: a call of <c>_rebuild_tensor_v2</c> with a persistent id for the storage.
    /// </summary>
    public PickleBuilder Tensor(TorchView tensor) =>
        Global("torch._utils", "_rebuild_tensor_v2").Opcode((byte)'(').Storage(tensor)
        .Integer(tensor.Offset).Tuple(tensor.Shape).Tuple(tensor.Strides).Opcode(0x89).Global("collections", "OrderedDict")
        .Opcode((byte)')', (byte)'R', (byte)'t', (byte)'R');

    /// <summary>Ends the pickle.</summary>
    public byte[] Build() => [.. _bytes, (byte)'.'];

    private PickleBuilder Storage(TorchView tensor)
    {
        Opcode((byte)'(').Text("storage").Global("torch", tensor.StorageClass).Text(tensor.Key).Text("cpu").Integer(
            tensor.StorageCount);
        return tensor.IsLegacy ? Opcode((byte)'N', (byte)'t', (byte)'Q') : Opcode((byte)'t', (byte)'Q');
    }

    private PickleBuilder Int32(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Opcode(bytes);
    }
}
