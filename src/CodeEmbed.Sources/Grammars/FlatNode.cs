using System.Runtime.InteropServices;

namespace CodeEmbed.Sources.Grammars;

/// <summary>A named node of a tree, as tools/grammars/outline.c writes it. A parent comes before its children.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FlatNode
{
    private const uint ErrorBit = 1u << 31, ExtraBit = 1u << 30;

    private readonly uint _start, _end;
    private readonly ushort _kind, _field;
    private readonly uint _depth;

    /// <summary>Where it begins, in UTF-16 code units.</summary>
    public int Start => (int)_start;

    /// <summary>The index after its last code unit.</summary>
    public int End => (int)_end;

    /// <summary>The number of its kind in the grammar.</summary>
    public int Kind => _kind;

    /// <summary>The number of its field in its parent; 0 for none.</summary>
    public int Field => _field;

    /// <summary>How many named nodes enclose it.</summary>
    public int Depth => (int)(_depth & ~(ErrorBit | ExtraBit));

    /// <summary>Whether the grammar does not allow the text there.</summary>
    public bool IsError => (_depth & ErrorBit) != 0;
}
