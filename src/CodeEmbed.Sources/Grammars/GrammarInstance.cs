using Wasmtime;

namespace CodeEmbed.Sources.Grammars;

/// <summary>A grammar with its own memory. Not thread-safe.</summary>
internal sealed class GrammarInstance : IDisposable
{
    // A tree takes a few hundred bytes per node.
    private const long MostMemory = 1L << 30;

    private readonly Store _store;
    private readonly Memory _memory;
    private readonly Func<int, int> _textAddress, _parse, _kindName, _fieldName;
    private readonly Func<int> _nodeAddress, _kindCount, _fieldCount;

    /// <summary>Creates an instance.</summary>
    /// <param name="module">The grammar.</param>
    public GrammarInstance(Module module)
    {
        _store = new Store(GrammarEngine.Instance);
        _store.SetLimits(memorySize: MostMemory);
        _store.SetEpochDeadline(long.MaxValue);
        using var linker = new Linker(GrammarEngine.Instance);

        // The C library imports files and a clock, which are not used.
        linker.DefineUnknownImportsAsTraps(module);
        Instance instance = linker.Instantiate(_store, module);
        instance.GetAction("_initialize")?.Invoke();
        _memory = instance.GetMemory("memory")!;
        _textAddress = instance.GetFunction<int, int>("text_address")!;
        _parse = instance.GetFunction<int, int>("parse")!;
        _nodeAddress = instance.GetFunction<int>("node_address")!;
        _kindCount = instance.GetFunction<int>("kind_count")!;
        _kindName = instance.GetFunction<int, int>("kind_name")!;
        _fieldCount = instance.GetFunction<int>("field_count")!;
        _fieldName = instance.GetFunction<int, int>("field_name")!;
    }

    /// <summary>The names of the kinds of nodes, by their numbers.</summary>
    public string[] ReadKinds() =>
        [.. Enumerable.Range(0, _kindCount()).Select(kind => _memory.ReadNullTerminatedString((uint)_kindName(kind)))];

    /// <summary>The names of the fields, by their numbers; 0 is no field.</summary>
    public string[] ReadFields() =>
    [
        string.Empty,
        .. Enumerable.Range(1, _fieldCount()).Select(field => _memory.ReadNullTerminatedString((uint)_fieldName(field))),
    ];

    /// <summary>Parses a text.</summary>
    /// <returns>
    ///   The nodes, which are valid until the next call; empty if there is not enough memory. A file has at least one node.
    /// </returns>
    /// <exception cref="WasmtimeException">The parsing was interrupted or failed. The instance cannot be used again.</exception>
    public ReadOnlySpan<FlatNode> Parse(string text)
    {
        int address = _textAddress(text.Length);
        if (address == 0)
            return [];

        text.CopyTo(_memory.GetSpan<char>((uint)address, text.Length));

        // The next interruption ends it.
        _store.SetEpochDeadline(1);
        int count = _parse(text.Length);
        return count < 0 ? [] : _memory.GetSpan<FlatNode>((uint)_nodeAddress(), count);
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
