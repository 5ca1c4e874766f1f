using System.Numerics;
using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>
///   Rules out most positions in a text as the start of a token, by the characters that the tokens begin with: it has a bit for
///   the hash of the first four of each, or of as many as the shortest token has. Thread-safe.
/// </summary>
internal sealed class PrefixFilter
{
    /// <summary>How many characters are read at once.</summary>
    private const int Longest = sizeof(ulong) / sizeof(char);

    /// <summary>2^64 divided by the golden ratio, for Fibonacci hashing.</summary>
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    /// <summary>One position in this many is a false positive.</summary>
    private const int BitsPerToken = 16;

    private readonly ulong[] _bits;
    private readonly ulong _mask;
    private readonly int _shift;

    /// <summary>Creates a filter.</summary>
    /// <param name="tokens">The tokens, none of them empty.</param>
    public PrefixFilter(IReadOnlyCollection<string> tokens)
    {
        int length = tokens.Select(token => Math.Min(token.Length, Longest)).DefaultIfEmpty(Longest).Min();
        _mask = ReadFirst(new string('\uFFFF', length));
        uint bits = BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, BitsPerToken * tokens.Count));
        _shift = 64 - BitOperations.Log2(bits);
        _bits = new ulong[bits / 64];
        foreach (string token in tokens)
        {
            ulong place = Hash(ReadFirst(token));
            _bits[place / 64] |= 1UL << (int)(place % 64);
        }
    }

    /// <summary>The next position where a token may begin; the end of the text if no token can follow.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">The position to start at.</param>
    public int FindNext(ReadOnlySpan<char> text, int from)
    {
        // There are too few characters left to be read at once.
        int end = text.Length - Longest;
        for (; from <= end; from++)
        {
            ulong place = Hash(MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text[from..])));
            if ((_bits[place / 64] & (1UL << (int)(place % 64))) != 0)
                return from;
        }

        return from;
    }

    private ulong Hash(ulong characters) => ((characters & _mask) * Multiplier) >> _shift;

    private static ulong ReadFirst(string token)
    {
        Span<char> first = stackalloc char[Longest];
        first.Clear();
        token.AsSpan(0, Math.Min(token.Length, Longest)).CopyTo(first);
        return MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(first));
    }
}
