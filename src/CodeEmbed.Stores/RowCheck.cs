using CodeEmbed.Numpy;

namespace CodeEmbed.Stores;

/// <summary>Checks what was read of a row, before it is taken for one.</summary>
internal static class RowCheck
{
    /// <summary>Sees that a column which must have a value has one.</summary>
    /// <exception cref="InvalidDataException">It has none.</exception>
    public static T Require<T>(T? value, string column)
        where T : class => value ?? throw Missing(column);

    /// <summary>Says that a column which must have a value has none.</summary>
    public static InvalidDataException Missing(string column) => new($"the column '{column}' has no value in this row.");

    /// <summary>Sees that a number is a count.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static int RequireCount(long value, string column) => value is >= 0 and <= int.MaxValue
        ? (int)value
        : throw new InvalidDataException($"the column '{column}' is out of range in this row.");

    /// <summary>Sees that all numbers of a vector are finite.</summary>
    /// <exception cref="InvalidDataException">One is not.</exception>
    public static float[] RequireFinite(float[] vector) => NumpyVectors.AreFinite(vector)
        ? vector
        : throw new InvalidDataException("the vector in this row holds a number that is not finite.");

    /// <summary>Says that a vector has not the length that the file's header says.</summary>
    public static InvalidDataException WrongLength(long length, string unit, int dimensions) => new(
        $"the vector in this row has {length} {unit}, and those of the file have {dimensions} numbers.");
}
