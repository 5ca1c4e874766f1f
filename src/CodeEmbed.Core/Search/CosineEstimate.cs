using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CodeEmbed.Search;

/// <summary>
///   The cosine in float32, which is quicker than <see cref="Cosine"/>: for the many vectors that are far from the question.
/// </summary>
internal static class CosineEstimate
{
    /// <summary>Between these squares of lengths, no sum in float32 is too large or loses too much.</summary>
    private const float SmallestSquare = 1e-25f, LargestSquare = 1e25f;

    /// <summary>Whether the cosine is certainly below a value. False means that it is not known.</summary>
    /// <param name="left">A vector.</param>
    /// <param name="leftSquare">The result of <see cref="Cosine.SquareOf"/> for it.</param>
    /// <param name="right">Another one, of the same length.</param>
    /// <param name="value">The value.</param>
    /// <remarks>
    ///   Product and square each have an error of at most <see cref="VectorTile.ErrorOf"/> of their largest value. The bound
    ///   has room for both, and for numbers that are too small for float32 and become 0.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsBelow(ReadOnlySpan<float> left, double leftSquare, ReadOnlySpan<float> right, double value)
    {
        if (left.Length != right.Length)
            return false;

        int step = Vector<float>.Count, whole = right.Length - (right.Length % (2 * step));
        ref float leftStart = ref MemoryMarshal.GetReference(left), rightStart = ref MemoryMarshal.GetReference(right);
        Vector<float> product = default, product1 = default, square = default, square1 = default;
        for (int index = 0; index < whole; index += 2 * step)
        {
            Vector<float> theirs = Vector.LoadUnsafe(ref rightStart, (nuint)index);
            Vector<float> theirs1 = Vector.LoadUnsafe(ref rightStart, (nuint)(index + step));
            product = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref leftStart, (nuint)index), theirs, product);
            product1 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref leftStart, (nuint)(index + step)), theirs1, product1);
            square = Vector.MultiplyAddEstimate(theirs, theirs, square);
            square1 = Vector.MultiplyAddEstimate(theirs1, theirs1, square1);
        }

        float sum = Vector.Sum(product + product1), rightSquare = Vector.Sum(square + square1);
        for (int i = whole; i < right.Length; i++)
        {
            sum += left[i] * right[i];
            rightSquare += right[i] * right[i];
        }

        return leftSquare is >= SmallestSquare and <= LargestSquare
            && rightSquare is >= SmallestSquare and <= LargestSquare
            && (sum / Math.Sqrt(leftSquare * rightSquare)) + (4 * VectorTile.ErrorOf(right.Length)) < value;
    }
}
