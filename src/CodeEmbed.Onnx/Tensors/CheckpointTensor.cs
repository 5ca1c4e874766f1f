using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>A tensor as it is in a file. Making one checks that all of it is there.</summary>
internal sealed class CheckpointTensor
{
    /// <summary>
    ///   How many elements a view may show that has fewer in the file: more than such a weight of an encoder has.
    /// </summary>
    private const long MaxExpandedCount = 16 * 1024 * 1024;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="strides">
    ///   How many elements apart two neighbours are, in each dimension; <see langword="null"/> for row by row.
    /// </param>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where its first element is in the file, in bytes.</param>
    /// <param name="end">Where the bytes that it may use end in the file.</param>
    /// <exception cref="ModelFormatException">The numbers contradict each other or the file.</exception>
    public CheckpointTensor(string name, ElementType type, long[] shape, long[]? strides, MappedFile file, long offset, long end)
    {
        Name = name;
        Type = type;
        Shape = shape;
        File = file;
        Offset = offset;
        Length = end - offset;
        Strides = strides ?? RowMajor(shape);
        if (!IsInside(end))
        {
            throw new ModelFormatException(
                $"the tensor {MessageText.Quote(name)} in {file.Name} does not fit the file; the file is damaged or cut short.");
        }
    }

    /// <summary>The tensor's name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public ElementType Type { get; }

    /// <summary>Its shape.</summary>
    public long[] Shape { get; }

    /// <summary>How many elements apart two neighbours are, in each dimension.</summary>
    public long[] Strides { get; }

    /// <summary>The file that holds it.</summary>
    public MappedFile File { get; }

    /// <summary>Where its first element is in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>How many bytes after the first element are the tensor's, or its storage's.</summary>
    public long Length { get; }

    /// <summary>The number of its elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Where its first element is in memory.</summary>
    public unsafe nint Address => (nint)File.Address(Offset, 0);

    /// <summary>
    ///   Whether it shows more elements than the file has: a view that torch expanded has strides of 0. Who makes room for all
    ///   of them has to mind that.
    /// </summary>
    public bool IsExpanded => Count > Length / Math.Max(Type.Size, 1);

    /// <summary>
    ///   Whether it can be used where it is: row by row without gaps, each element where the processor wants one of its size.
    /// </summary>
    public bool IsUsableInPlace
    {
        get
        {
            long[] expected = RowMajor(Shape);
            return Address % Type.Size == 0 && Enumerable.Range(0, Shape.Length).All(
                i => Shape[i] == 1 || Strides[i] == expected[i]);
        }
    }

    /// <summary>
    ///   Gives up its pages, until they are read again. A view that shows elements many times has fewer bytes than its shape
    ///   says.
    /// </summary>
    public void ReleasePages() => MappedPages.Release(Address, Math.Min(Count * Type.Size, Length));

    /// <summary>Checks with numbers that cannot overflow that every element is in the file.</summary>
    private bool IsInside(long end)
    {
        if (
            Strides.Length != Shape.Length || Shape.Any(size => size < 0) || Strides.Any(stride => stride < 0) || !File.Contains(
                Offset, 0))
            return false;

        Int128 count = 1, last = 0;
        for (int i = 0; i < Shape.Length; i++)
        {
            // A count that is beyond any file stays beyond it; stopping here keeps the product small.
            count = count > long.MaxValue ? count : count * Shape[i];
            last += (Int128)Math.Max(Shape[i] - 1, 0) * Strides[i];
        }

        Int128 room = ((Int128)end - Offset) / Math.Max(Type.Size, 1);
        return end <= File.Length && (count == 0 || (count <= Int128.Max(room, MaxExpandedCount) && last < room));
    }

    private static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        Int128 stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = (long)Int128.Min(stride, long.MaxValue);
            stride = Int128.Min(stride * Math.Max(shape[i], 1), long.MaxValue);
        }

        return strides;
    }
}
