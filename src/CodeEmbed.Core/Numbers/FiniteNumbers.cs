using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CodeEmbed.Numbers;

/// <summary>Tells finite numbers from NaN and the infinities.</summary>
/// <remarks>
///   TensorPrimitives.IsFiniteAll does the same. Its package is left out here: this assembly is loaded into the session that
///   all modules share, where two versions of a package collide.
/// </remarks>
internal static class FiniteNumbers
{
    /// <summary>All bits of a float's exponent, which IEEE 754 sets only in NaN and the infinities.</summary>
    private const uint Exponent = 0x7F80_0000;

    /// <summary>Whether all numbers of a vector are finite.</summary>
    /// <param name="vector">The numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool AreAll(ReadOnlySpan<float> vector)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(vector);
        var exponent = new Vector<uint>(Exponent);
        for (; bits.Length >= Vector<uint>.Count; bits = bits[Vector<uint>.Count..])
        {
            if (Vector.EqualsAny(new Vector<uint>(bits) & exponent, exponent))
                return false;
        }

        foreach (uint number in bits)
        {
            if ((number & Exponent) == Exponent)
                return false;
        }

        return true;
    }
}
