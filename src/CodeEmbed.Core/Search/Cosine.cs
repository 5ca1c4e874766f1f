using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CodeEmbed.Search;

/// <summary>The cosine of the angle between two vectors.</summary>
/// <remarks>
///   The product of two float32 numbers is exact in float64, and the products are added in the same eight lanes on every
///   processor. So the result has the same bits everywhere, and two vectors that are equal have the cosine 1.
/// </remarks>
public static class Cosine
{
    private const int Lanes = 8;

    /// <summary>Computes the cosine; the vectors need not have length 1.</summary>
    /// <param name="left">A vector of finite numbers.</param>
    /// <param name="right">Another one, of the same length.</param>
    /// <returns>From -1 to 1; 0 if one of the vectors has no direction, because it is all zeros.</returns>
    /// <exception cref="ArgumentException">The vectors have different lengths.</exception>
    public static double Of(ReadOnlySpan<float> left, ReadOnlySpan<float> right) => Of(left, SquareOf(left), right);

    /// <summary>Computes the cosine with a vector whose square is known.</summary>
    /// <param name="left">A vector.</param>
    /// <param name="leftSquare">The result of <see cref="SquareOf"/> for it.</param>
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
    private static (double Product, double Square) Sum(ReadOnlySpan<float> left, ReadOnlySpan<float> right) =>
        Vector256.IsHardwareAccelerated ? SumByEight(left, right) : SumByFour(left, right);

    /// <summary>With two vectors of four float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (double Product, double Square) SumByEight(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float leftStart = ref MemoryMarshal.GetReference(left), rightStart = ref MemoryMarshal.GetReference(right);
        Vector256<double> productLow = default, productHigh = default, squareLow = default, squareHigh = default;
        int whole = right.Length - (right.Length % Lanes);
        for (int index = 0; index < whole; index += Lanes)
        {
            var ours = Vector256.LoadUnsafe(ref leftStart, (nuint)index);
            var theirs = Vector256.LoadUnsafe(ref rightStart, (nuint)index);
            Vector256<double> low = Vector256.WidenLower(theirs), high = Vector256.WidenUpper(theirs);
            productLow += Vector256.WidenLower(ours) * low;
            productHigh += Vector256.WidenUpper(ours) * high;
            squareLow += low * low;
            squareHigh += high * high;
        }

        Span<double> product = stackalloc double[Lanes], square = stackalloc double[Lanes];
        productLow.CopyTo(product);
        productHigh.CopyTo(product[Vector256<double>.Count..]);
        squareLow.CopyTo(square);
        squareHigh.CopyTo(square[Vector256<double>.Count..]);
        return (Add(product, left[whole..], right[whole..]), Add(square, right[whole..], right[whole..]));
    }

    /// <summary>With four vectors of two float64, for processors without longer ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (double Product, double Square) SumByFour(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        Span<Vector128<double>> product = stackalloc Vector128<double>[Lanes / 2];
        Span<Vector128<double>> square = stackalloc Vector128<double>[Lanes / 2];
        product.Clear();
        square.Clear();
        ref float leftStart = ref MemoryMarshal.GetReference(left), rightStart = ref MemoryMarshal.GetReference(right);
        int whole = right.Length - (right.Length % Lanes);
        for (int index = 0; index < whole; index += Lanes)
        {
            for (int half = 0; half < 2; half++)
            {
                nuint at = (nuint)(index + (half * Vector128<float>.Count));
                var ours = Vector128.LoadUnsafe(ref leftStart, at);
                var theirs = Vector128.LoadUnsafe(ref rightStart, at);
                Vector128<double> low = Vector128.WidenLower(theirs), high = Vector128.WidenUpper(theirs);
                product[2 * half] += Vector128.WidenLower(ours) * low;
                product[(2 * half) + 1] += Vector128.WidenUpper(ours) * high;
                square[2 * half] += low * low;
                square[(2 * half) + 1] += high * high;
            }
        }

        return (
            Add(MemoryMarshal.Cast<Vector128<double>, double>(product), left[whole..], right[whole..]),
            Add(MemoryMarshal.Cast<Vector128<double>, double>(square), right[whole..], right[whole..]));
    }

    /// <summary>
    ///   Adds the lanes, and the products that are left, one after the other: the order must not depend on the processor.
    /// </summary>
    private static double Add(ReadOnlySpan<double> lanes, ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        foreach (double lane in lanes)
            sum += lane;

        for (int i = 0; i < right.Length; i++)
            sum += (double)left[i] * right[i];

        return sum;
    }
}
