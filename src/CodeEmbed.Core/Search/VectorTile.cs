using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CodeEmbed.Search;

/// <summary>
///   Some vectors that are compared together, so that most reads come from a cache. Of 768 dimensions a tile takes 384 KiB, and
///   two fit into the private cache of many cores; of 4,096 dimensions it takes 2 MiB, and two mostly do not.
/// </summary>
/// <remarks>
///   A vector whose length is far from 1 is scaled by a power of two, so that no product is too large or too small for float32.
///   That changes no digit of a cosine.
/// </remarks>
internal sealed unsafe class VectorTile
{
    /// <summary>
    ///   How many vectors are in a tile at most. With 64, 32 or 16 the comparison was not faster, also of 4,096 dimensions.
    /// </summary>
    public const int Capacity = 128;

    // The kernel multiplies this many vectors of one tile with this many of the other: eight sums, which stay in registers.
    private const int LeftRows = 4, RightRows = 2;
    private const int CacheLine = 64;

    private readonly int _dimensions, _stride;

    // Pinned, so that each vector begins at a cache line. The space after the last vector, and after the end of each one, is
    // zero.
    private readonly float[] _memory;
    private readonly int _first;
    private readonly float[] _scales = new float[Capacity];
    private readonly double[] _squares = new double[Capacity];

    /// <summary>Makes an empty tile.</summary>
    /// <param name="dimensions">The length of the vectors.</param>
    public VectorTile(int dimensions)
    {
        _dimensions = dimensions;
        _stride = StrideOf(dimensions);
        _memory = GC.AllocateArray<float>((Capacity * _stride) + (CacheLine / sizeof(float)), pinned: true);
        nuint past = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory)) % CacheLine;
        _first = (int)((CacheLine - past) % CacheLine) / sizeof(float);
    }

    /// <summary>How many vectors there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many bytes a tile takes.</summary>
    /// <param name="dimensions">The length of the vectors.</param>
    public static long SizeOf(int dimensions) =>
        Capacity * ((StrideOf(dimensions) * (long)sizeof(float)) + sizeof(float) + sizeof(double));

    /// <summary>
    ///   The largest error of an estimate: the rounding errors of that many products and sums, and of the lengths.
    /// </summary>
    /// <param name="dimensions">The length of the vectors.</param>
    /// <remarks>Higham, Accuracy and Stability of Numerical Algorithms, 3.1: n u / (1 - n u), in any order of the sums.</remarks>
    public static double ErrorOf(int dimensions)
    {
        double roundings = (StrideOf(dimensions) + 16) * Math.ScaleB(1, -24);
        return roundings / (1 - roundings);
    }

    /// <summary>A vector, as it was added or scaled by a power of two.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public ReadOnlySpan<float> this[int index] => _memory.AsSpan(_first + (index * _stride), _dimensions);

    /// <summary>The square of a vector's length.</summary>
    /// <param name="index">Which one; the first is 0.</param>
    public double SquareAt(int index) => _squares[index];

    /// <summary>Adds a vector.</summary>
    /// <param name="vector">The vector, [dimensions].</param>
    public void Add(ReadOnlySpan<float> vector)
    {
        Span<float> row = _memory.AsSpan(_first + (Count * _stride), _dimensions);
        vector.CopyTo(row);
        double square = Cosine.SquareOf(row);
        if (square is > 0 and (< 0.25 or > 4))
        {
            double factor = Math.ScaleB(1, -Math.ILogB(Math.Sqrt(square)));
            for (int i = 0; i < row.Length; i++)
                row[i] = (float)(row[i] * factor);

            square = Cosine.SquareOf(row);
        }

        _squares[Count] = square;
        _scales[Count] = square > 0 ? (float)(1 / Math.Sqrt(square)) : 0;
        Count++;
    }

    /// <summary>Takes the last vector out.</summary>
    public void RemoveLast() => _memory.AsSpan(_first + (--Count * _stride), _stride).Clear();

    /// <summary>Finds the vectors of two tiles whose estimated cosine is not below a value.</summary>
    /// <param name="left">A tile.</param>
    /// <param name="right">Another one; or the same, for each pair in it once.</param>
    /// <param name="floor">The value.</param>
    /// <param name="pairs">Receives the pairs, by their places in the tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare(VectorTile left, VectorTile right, float floor, List<NearPair> pairs)
    {
        float* sums = stackalloc float[LeftRows * RightRows];
        bool isSame = left == right;
        int stride = left._stride;
        fixed (float* leftMemory = left._memory, rightMemory = right._memory)
        {
            for (int i = 0; i < left.Count; i += LeftRows)
            {
                for (int j = isSame ? i : 0; j < right.Count; j += RightRows)
                {
                    Multiply(
                        leftMemory + left._first + (i * stride), rightMemory + right._first + (j * stride), stride, sums);
                    for (int k = 0; k < LeftRows * RightRows; k++)
                    {
                        int row = i + (k / RightRows), column = j + (k % RightRows);
                        float estimate = sums[k] * left._scales[row] * right._scales[column];
                        if (estimate >= floor && row < left.Count && column < right.Count && (!isSame || row < column))
                            pairs.Add(new NearPair(row, column, estimate));
                    }
                }
            }
        }
    }

    /// <summary>The dot products of four vectors with two, [4, 2].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* left, float* right, int stride, float* sums)
    {
        float* left1 = left + stride, left2 = left1 + stride, left3 = left2 + stride, right1 = right + stride;
        Vector<float> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        Vector<float> sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        for (nint i = 0; i < stride; i += Vector<float>.Count)
        {
            var x = Vector.Load(right + i);
            var y = Vector.Load(right1 + i);
            var row = Vector.Load(left + i);
            sum00 = Vector.MultiplyAddEstimate(row, x, sum00);
            sum01 = Vector.MultiplyAddEstimate(row, y, sum01);
            row = Vector.Load(left1 + i);
            sum10 = Vector.MultiplyAddEstimate(row, x, sum10);
            sum11 = Vector.MultiplyAddEstimate(row, y, sum11);
            row = Vector.Load(left2 + i);
            sum20 = Vector.MultiplyAddEstimate(row, x, sum20);
            sum21 = Vector.MultiplyAddEstimate(row, y, sum21);
            row = Vector.Load(left3 + i);
            sum30 = Vector.MultiplyAddEstimate(row, x, sum30);
            sum31 = Vector.MultiplyAddEstimate(row, y, sum31);
        }

        sums[0] = Vector.Sum(sum00);
        sums[1] = Vector.Sum(sum01);
        sums[2] = Vector.Sum(sum10);
        sums[3] = Vector.Sum(sum11);
        sums[4] = Vector.Sum(sum20);
        sums[5] = Vector.Sum(sum21);
        sums[6] = Vector.Sum(sum30);
        sums[7] = Vector.Sum(sum31);
    }

    /// <summary>How far a vector is from the next one: whole cache lines, which are whole vectors of each processor.</summary>
    private static int StrideOf(int dimensions)
    {
        const int Step = CacheLine / sizeof(float);
        return (dimensions + Step - 1) / Step * Step;
    }
}

/// <summary>Two vectors of tiles that may be near to each other.</summary>
/// <param name="Left">The place of the one in its tile.</param>
/// <param name="Right">The place of the other in its tile.</param>
/// <param name="Estimate">Their cosine, in float32.</param>
internal readonly record struct NearPair(int Left, int Right, float Estimate);
