using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tensors;

/// <summary>A tensor as stored in a file. The constructor checks that all of it exists.</summary>
internal sealed class CheckpointTensor
{
    /// <summary>
    ///   How many elements a view with fewer elements in the file may have: more than such a weight in an encoder has.
    /// </summary>
    private const long MaxExpandedCount = 16 * 1024 * 1024;

    /// <summary>Creates a description of a tensor.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="strides">
    ///   The distance in elements between neighbours, in each dimension; <see langword="null"/> for row by row.
    /// </param>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where its first element is in the file, in bytes.</param>
    /// <param name="end">The end of the bytes in the file that it may use.</param>
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

    /// <summary>The distance in elements between neighbours, in each dimension.</summary>
    public long[] Strides { get; }

    /// <summary>The file that holds it.</summary>
    public MappedFile File { get; }

    /// <summary>Where its first element is in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>The number of bytes from the first element that belong to the tensor or its storage.</summary>
    public long Length { get; }

    /// <summary>The number of its elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Where its first element is in memory.</summary>
    public unsafe nint Address => (nint)File.Address(Offset, 0);

    /// <summary>
    ///   Whether it has more elements than the file: a view that torch expanded has strides of 0. Code that allocates memory for
    ///   all of them must take this into account.
    /// </summary>
    public bool IsExpanded => Count > Length / Math.Max(Type.Size, 1);

    /// <summary>
    ///   Whether it can be used in place: row by row without gaps, and aligned for its element size.
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
    ///   Releases its pages until they are read again. A view that shows elements many times has fewer bytes than its shape
    ///   suggests.
    /// </summary>
    public void ReleasePages() => MappedPages.Release(Address, Math.Min(Count * Type.Size, Length));

    /// <summary>Checks without overflow that every element is in the file.</summary>
    private bool IsInside(long end)
    {
        if (
            Strides.Length != Shape.Length || Shape.Any(size => size < 0) || Strides.Any(stride => stride < 0) || !File.Contains(
                Offset, 0))
            return false;

        Int128 count = 1, last = 0;
        for (int i = 0; i < Shape.Length; i++)
        {
            // The count is already larger than any file; stopping here prevents overflow.
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
