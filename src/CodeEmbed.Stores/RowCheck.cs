using CodeEmbed.Numpy;

namespace CodeEmbed.Stores;

/// <summary>Checks the values that were read for a row.</summary>
internal static class RowCheck
{
    /// <summary>Checks that a required column has a value.</summary>
    /// <exception cref="InvalidDataException">It has none.</exception>
    public static T Require<T>(T? value, string column)
        where T : class => value ?? throw Missing(column);

    /// <summary>Creates an error for a required column without a value.</summary>
    public static InvalidDataException Missing(string column) => new($"the column '{column}' has no value in this row.");

    /// <summary>Checks that a number is a count.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static int RequireCount(long value, string column) => value is >= 0 and <= int.MaxValue
        ? (int)value
        : throw new InvalidDataException($"the column '{column}' is out of range in this row.");

    /// <summary>Checks that all numbers of a vector are finite.</summary>
    /// <exception cref="InvalidDataException">One is not.</exception>
    public static float[] RequireFinite(float[] vector) => NumpyVectors.AreFinite(vector)
        ? vector
        : throw new InvalidDataException("the vector in this row holds a number that is not finite.");

    /// <summary>Creates an error for a vector whose length is not the one in the file's header.</summary>
    public static InvalidDataException WrongLength(long length, string unit, int dimensions) => new(
        $"the vector in this row has {length} {unit}, and the file's vectors have {dimensions} numbers.");
}
