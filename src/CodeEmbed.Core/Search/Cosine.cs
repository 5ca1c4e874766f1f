using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CodeEmbed.Search;

/// <summary>The cosine of the angle between two vectors.</summary>
/// <remarks>
///   The product of two float32 numbers is exact in float64, and the products are added in the same 16 lanes on every processor.
///   So the result has the same bits everywhere, and two vectors that are equal have the cosine 1.
/// </remarks>
public static class Cosine
{
    private static readonly int Lanes = Vector512<float>.Count;

    /// <summary>Computes the cosine; the vectors need not have length 1.</summary>
    /// <param name="left">A vector of finite numbers.</param>
    /// <param name="right">Another one, of the same length.</param>
    /// <returns>From -1 to 1; 0 where one of the vectors has no direction, because it is all zeros.</returns>
    /// <exception cref="ArgumentException">The vectors have different lengths.</exception>
    public static double Of(ReadOnlySpan<float> left, ReadOnlySpan<float> right) => Of(left, SquareOf(left), right);

    /// <summary>Computes the cosine with a vector whose square is known.</summary>
    /// <param name="left">A vector.</param>
    /// <param name="leftSquare">What <see cref="SquareOf"/> gives for it.</param>
    /// <param name="right">Another one, of the same length.</param>
    internal static double Of(ReadOnlySpan<float> left, double leftSquare, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
            throw new ArgumentException($"It has {right.Length} numbers, and the other vector {left.Length}.", nameof(right));

        (double product, double square) = Sum(left, right);
        double lengths = Math.Sqrt(leftSquare * square);
        return lengths > 0 ? Math.Clamp(product / lengths, -1, 1) : 0;
    }

    /// <summary>The square of a vector's Euclidean length.</summary>
    internal static double SquareOf(ReadOnlySpan<float> vector) => Sum(vector, vector).Square;

    /// <summary>The dot product of two vectors, and that of the second with itself.</summary>
    private static (double Product, double Square) Sum(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float leftStart = ref MemoryMarshal.GetReference(left), rightStart = ref MemoryMarshal.GetReference(right);
        Vector512<double> productLow = default, productHigh = default, squareLow = default, squareHigh = default;
        int index = 0;
        for (; index <= right.Length - Lanes; index += Lanes)
        {
            var ours = Vector512.LoadUnsafe(ref leftStart, (nuint)index);
            var theirs = Vector512.LoadUnsafe(ref rightStart, (nuint)index);
            Vector512<double> low = Vector512.WidenLower(theirs), high = Vector512.WidenUpper(theirs);
            productLow += Vector512.WidenLower(ours) * low;
            productHigh += Vector512.WidenUpper(ours) * high;
            squareLow += low * low;
            squareHigh += high * high;
        }

        double product = Add(productLow, productHigh), square = Add(squareLow, squareHigh);
        for (; index < right.Length; index++)
        {
            product += (double)left[index] * right[index];
            square += (double)right[index] * right[index];
        }

        return (product, square);
    }

    /// <summary>Adds the lanes one after the other: the order must not depend on the processor.</summary>
    private static double Add(Vector512<double> low, Vector512<double> high)
    {
        double sum = 0;
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
            sum += low[lane];

        for (int lane = 0; lane < Vector512<double>.Count; lane++)
            sum += high[lane];

        return sum;
    }
}
