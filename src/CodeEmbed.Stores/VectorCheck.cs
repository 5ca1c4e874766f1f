using CodeEmbed.Numpy;

namespace CodeEmbed.Stores;

/// <summary>Checks the vector that was read for a row.</summary>
internal static class VectorCheck
{
    /// <summary>Checks that all numbers of a vector are finite.</summary>
    /// <exception cref="InvalidDataException">One is not.</exception>
    public static float[] RequireFinite(float[] vector) => NumpyVectors.AreFinite(vector)
        ? vector
        : throw new InvalidDataException("the vector in this row holds a number that is not finite.");

    /// <summary>Creates an error for a vector whose length is not the one in the file's header.</summary>
    public static InvalidDataException WrongLength(long length, string unit, int dimensions) => new(
        $"the vector in this row has {length} {unit}, and the file's vectors have {dimensions} numbers.");
}
