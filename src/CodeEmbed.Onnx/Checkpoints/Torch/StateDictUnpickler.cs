using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Tensors;

namespace CodeEmbed.Onnx.Checkpoints.Torch;

/// <summary>
///   An interpreter for the pickles in a torch file. It supports the opcodes of protocol 2 that state dicts are written with,
///   and the few globals in <see cref="PickleGlobal"/>; anything else is refused. Nothing in a pickle is ever executed.
/// </summary>
/// <remarks>
///   The opcodes are those of Python's Lib/pickletools.py. Values are <see langword="null"/>, <see cref="bool"/>,
///   <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, byte arrays (integers beyond 64 bits), lists, tuples
///   (arrays), dictionaries, <see cref="PickleGlobal"/>, <see cref="TorchStorage"/> and <see cref="TorchTensor"/>.
/// </remarks>
internal ref struct StateDictUnpickler
{
    /// <summary>
    ///   The longest pickle that is read. A large encoder's state dict takes some tens of kilobytes; the limit keeps a
    ///   small file from using much memory.
    /// </summary>
    public const int MaxLength = 1024 * 1024;

    /// <summary>More than any tensor has: torch allows 64.</summary>
    private const int MaxDimensions = 64;

    private static readonly object Mark = new();

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _fileName;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private int _position;

    /// <summary>
    ///   How many more pairs dictionaries may have: each takes at least a byte, unless a list is reused many times.
    /// </summary>
    private int _pairsLeft;

    /// <summary>Creates a reader for consecutive pickles.</summary>
    /// <param name="bytes">The pickles; data after them is not read.</param>
    /// <param name="fileName">The file's name, for messages.</param>
    public StateDictUnpickler(ReadOnlySpan<byte> bytes, string fileName)
    {
        _bytes = bytes;
        _fileName = fileName;
        _pairsLeft = bytes.Length;
    }

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _position;

    /// <summary>Reads the next pickle.</summary>
    /// <returns>Its value.</returns>
    /// <exception cref="ModelFormatException">The pickle is damaged, or uses something that is not supported.</exception>
    public object? Load()
    {
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            byte opcode = Take(1)[0];
            if (opcode == '.')
                return Pop();

            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: CheckProtocol(Take(1)[0]); break;
            case (byte)'(': _stack.Add(Mark); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'K': _stack.Add((long)Take(1)[0]); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8a: _stack.Add(ReadInteger(Take(Take(1)[0]))); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': _stack.Add(Encoding.UTF8.GetString(Take(ReadLength()))); break;
            case (byte)'T': _stack.Add(Encoding.Latin1.GetString(Take(ReadLength()))); break;
            case (byte)'U': _stack.Add(Encoding.Latin1.GetString(Take(Take(1)[0]))); break;
            case (byte)'}': _stack.Add(new Dictionary<string, object?>()); break;
            case (byte)']': _stack.Add(new List<object?>()); break;
            case (byte)')': _stack.Add(Array.Empty<object?>()); break;
            case 0x85: PushTuple(1); break;
            case 0x86: PushTuple(2); break;
            case 0x87: PushTuple(3); break;
            case (byte)'t': _stack.Add(PopToMark()); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'s': SetItems([.. PopMany(2)]); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': _memo[Take(1)[0]] = Peek(); break;
            case (byte)'r': _memo[ReadLength()] = Peek(); break;
            case (byte)'h': PushMemo(Take(1)[0]); break;
            case (byte)'j': PushMemo(ReadLength()); break;
            case (byte)'c': PushGlobal(ReadLine(), ReadLine()); break;
            case (byte)'Q': _stack.Add(FindStorage(Pop())); break;
            case (byte)'R': Reduce(); break;
            case (byte)'b': DropState(); break;
            default: throw Refused($"the pickle opcode 0x{opcode:x2}");
        }
    }

    private readonly void CheckProtocol(byte protocol)
    {
        if (protocol != 2)
            throw Refused($"pickle protocol {protocol}");
    }

    private readonly void PushGlobal(string module, string name) =>
        _stack.Add(PickleGlobal.Find(module, name) ?? throw Refused(MessageText.Quote($"{module}.{name}")));

    /// <summary>BUILD: what it would set, such as a state dict's <c>_metadata</c>, is not needed.</summary>
    private readonly void DropState()
    {
        Pop();
        if (Peek() is not (Dictionary<string, object?> or TorchTensor))
            throw Damaged("a state belongs to something that has none");
    }

    private void Reduce()
    {
        object?[] arguments = Pop() as object?[] ?? throw Damaged("a call has no arguments");
        PickleGlobal? function = Pop() as PickleGlobal;
        if (function == PickleGlobal.OrderedDict)
            _stack.Add(MakeDictionary(arguments));
        else if (function == PickleGlobal.RebuildTensor || function == PickleGlobal.RebuildOlderTensor)
            _stack.Add(MakeTensor(arguments));
        else if (
            (function == PickleGlobal.RebuildParameter || function == PickleGlobal.RebuildParameterWithState)
                && arguments is [TorchTensor tensor, ..])
            _stack.Add(tensor);
        else
            throw Damaged("something is called that cannot be called");
    }

    private Dictionary<string, object?> MakeDictionary(object?[] arguments)
    {
        var dictionary = new Dictionary<string, object?>();
        if (arguments is [List<object?> pairs])
        {
            _pairsLeft -= pairs.Count;
            if (_pairsLeft < 0)
                throw Damaged("it creates larger dictionaries than its size allows");

            foreach (object? pair in pairs)
            {
                if (pair is not (object?[] or List<object?>) || ((IReadOnlyList<object?>)pair) is not [string key, var value])
                    throw Damaged("a dictionary is created from something other than pairs");

                dictionary[key] = value;
            }
        }
        else if (arguments.Length > 0)
        {
            throw Damaged("a dictionary is created from something other than pairs");
        }

        return dictionary;
    }

    private readonly TorchTensor MakeTensor(object?[] arguments)
    {
        if (arguments is [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..]
            && shape.Length <= MaxDimensions && strides.Length <= MaxDimensions && shape.All(size => size is long) && strides.All(
                stride => stride is long))
        {
            return new TorchTensor(storage, offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()]);
        }

        throw Damaged("a tensor is described in a way that is not known");
    }

    /// <summary>The storage of a persistent id: ('storage', class, key, device, number of elements, view or None).</summary>
    private readonly TorchStorage FindStorage(object? id)
    {
        if (id is object?[] and ["storage", PickleGlobal { Storage: { } type }, string key, string, long count, .. var view]
            && view is [] or [null])
        {
            return new TorchStorage(type, key, count);
        }

        throw Damaged("a storage is described in a way that is not known");
    }

    private readonly void PushTuple(int count)
    {
        object?[] items = [.. PopMany(count)];
        _stack.Add(items);
    }

    private readonly void Append(object?[] items)
    {
        if (Peek() is not List<object?> list)
            throw Damaged("an item belongs to no list");

        list.AddRange(items);
    }

    private readonly void SetItems(object?[] items)
    {
        if (Peek() is not Dictionary<string, object?> dictionary || items.Length % 2 != 0)
            throw Damaged("an item belongs to no dictionary");

        for (int i = 0; i < items.Length; i += 2)
            dictionary[KeyOf(items[i])] = items[i + 1];
    }

    /// <summary>
    ///   A state dict's keys are strings; the optimizer's state, which a training checkpoint also has, uses numbers.
    /// </summary>
    private readonly string KeyOf(object? key) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw Damaged("a key is neither a string nor a number"),
    };

    private readonly void PushMemo(int index) =>
        _stack.Add(_memo.TryGetValue(index, out object? value) ? value : throw Damaged("a value is used before it is created"));

    private readonly object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw Damaged("a mark is missing");

        object?[] items = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private readonly List<object?> PopMany(int count)
    {
        if (_stack.Count < count)
            throw Damaged("a value is missing");

        List<object?> items = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private readonly object? Pop() => PopMany(1)[0];

    private readonly object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Damaged("a value is missing");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
            throw Damaged("it ends too early");

        ReadOnlySpan<byte> bytes = _bytes.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private int ReadLength()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        return length >= 0 ? length : throw Damaged("a length is negative");
    }

    private string ReadLine()
    {
        int length = _bytes[_position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Damaged("it ends too early");

        string line = Encoding.UTF8.GetString(Take(length));
        _position++;
        return line;
    }

    /// <summary>LONG1: two's complement, little-endian, of any length.</summary>
    private static object ReadInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
            return bytes.ToArray();

        long value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            value = i == bytes.Length - 1 ? (sbyte)bytes[i] : (value << 8) | bytes[i];

        return value;
    }

    private readonly ModelFormatException Refused(string what) =>
        new(
            $"{_fileName} asks for {what}, which no state dict needs; no code in it was run. Save the weights as safetensors, "
            + "or as a state dict alone.");

    private readonly ModelFormatException Damaged(string why) => new($"the pickle in {_fileName} is damaged: {why}.");
}

/// <summary>A class or function that a pickle may name: those that state dicts use.</summary>
/// <param name="Name">The module and the name, as Python writes them.</param>
/// <param name="Storage">For a storage class, the type of its elements.</param>
internal sealed record PickleGlobal(string Name, ElementType? Storage = null)
{
    public static readonly PickleGlobal OrderedDict = new("collections.OrderedDict");
    public static readonly PickleGlobal RebuildTensor = new("torch._utils._rebuild_tensor_v2");
    public static readonly PickleGlobal RebuildOlderTensor = new("torch._utils._rebuild_tensor");
    public static readonly PickleGlobal RebuildParameterWithState = new("torch._utils._rebuild_parameter_with_state");
    public static readonly PickleGlobal RebuildParameter = new("torch._utils._rebuild_parameter");

    /// <summary>The global with this name, or <see langword="null"/> if state dicts do not need it.</summary>
    public static PickleGlobal? Find(string module, string name)
    {
        string full = $"{module}.{name}";
        if (module == "torch" && ElementType.OfTorchStorage(name) is { } type)
            return new PickleGlobal(full, type);

        PickleGlobal[] callable =
            [OrderedDict, RebuildTensor, RebuildOlderTensor, RebuildParameter, RebuildParameterWithState];
        return callable.FirstOrDefault(known => known.Name == full);
    }
}
