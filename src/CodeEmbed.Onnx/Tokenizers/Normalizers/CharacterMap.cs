using System.Buffers.Binary;
using System.Text.Unicode;

namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>SentencePiece's <c>precompiled_charsmap</c>, a map from texts to replacements. Thread-safe.</summary>
/// <remarks>
///   Four bytes with the length of a double array, the array, and texts that each end in a NUL (google/sentencepiece,
///   src/normalizer.cc). The array is a trie over bytes, and the value of an entry is the position where its text begins
///   (s-yata/darts-clone, include/darts.h).
/// </remarks>
internal sealed class CharacterMap
{
    /// <summary>Far more than any map has; larger maps, and entries with longer texts, are not read.</summary>
    private const int MaxLength = 16 * 1024 * 1024, MaxTextLength = 4096;

    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <summary>Reads a map.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a valid map; the message says what is wrong.</exception>
    public static CharacterMap Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < sizeof(uint) or > MaxLength)
            throw new InvalidDataException($"it has {bytes.Length} bytes.");

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        ReadOnlySpan<byte> rest = bytes[sizeof(uint)..];
        if (length > rest.Length || length < sizeof(uint))
            throw new InvalidDataException($"it has {rest.Length} bytes, but its trie should have {length}.");

        var units = new uint[length / sizeof(uint)];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(rest[(i * sizeof(uint))..]);

        ReadOnlySpan<byte> texts = rest[(units.Length * sizeof(uint))..];
        if (!Utf8.IsValid(texts))
            throw new InvalidDataException("its texts are not valid UTF-8.");

        var map = new CharacterMap(units, texts.ToArray());
        map.Check();
        return map;
    }

    /// <summary>Finds the shortest entry that a text begins with.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="replacement">The replacement, in UTF-8.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        uint node = Offset(_units[0]);
        foreach (byte value in utf8)
        {
            // A NUL ends a text.
            if (value == 0 || !TryStep(ref node, value, out bool isEntry))
                return false;

            if (isEntry)
            {
                ReadOnlySpan<byte> text = _texts.AsSpan(ValueAt(node));
                int length = text.IndexOf((byte)0);
                replacement = length < 0 ? text : text[..length];
                return true;
            }
        }

        return false;
    }

    /// <summary>Follows every path through the trie, so that later no entry can lead out of it.</summary>
    /// <exception cref="InvalidDataException">One does.</exception>
    private void Check()
    {
        var seen = new HashSet<uint>();
        var open = new Stack<uint>([Offset(_units[0])]);
        while (open.TryPop(out uint node))
        {
            for (int value = 1; value <= byte.MaxValue; value++)
            {
                uint next = node;
                if (!TryStep(ref next, (byte)value, out bool isEntry))
                    continue;

                if (isEntry)
                    CheckEntry(next);

                if (seen.Add(next))
                    open.Push(next);
            }
        }
    }

    private void CheckEntry(uint node)
    {
        if (node >= _units.Length)
            throw new InvalidDataException($"an entry leads to {node} in a trie of {_units.Length}.");

        int start = ValueAt(node);
        if (start > _texts.Length || (start < _texts.Length && (_texts[start] & 0xC0) == 0x80))
            throw new InvalidDataException($"an entry has no text at {start}.");

        ReadOnlySpan<byte> text = _texts.AsSpan(start);
        if (text.Length > MaxTextLength && !text[..(MaxTextLength + 1)].Contains((byte)0))
            throw new InvalidDataException($"the text of an entry is longer than {MaxTextLength} bytes.");
    }

    /// <summary>Follows a byte.</summary>
    /// <param name="node">The position of a node's children; then of its child's children.</param>
    /// <param name="value">The byte, not 0.</param>
    /// <param name="isEntry">Whether the path up to here is an entry.</param>
    /// <returns>Whether there is such a child.</returns>
    private bool TryStep(ref uint node, byte value, out bool isEntry)
    {
        uint child = node ^ value;
        uint unit = child < _units.Length ? _units[child] : 0;
        isEntry = ((unit >> 8) & 1) == 1;
        if ((unit & 0x8000_00FF) != value)
            return false;

        node = child ^ Offset(unit);
        return true;
    }

    private int ValueAt(uint node) => (int)(_units[node] & 0x7FFF_FFFF);

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
