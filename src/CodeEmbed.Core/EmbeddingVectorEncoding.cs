namespace CodeEmbed;

/// <summary>How a vector is written in a line of JSON.</summary>
public enum EmbeddingVectorEncoding
{
    /// <summary>An array of numbers, each the shortest text that reads back to the same float32.</summary>
    Array,

    /// <summary>
    ///   A string: the float32 numbers of the vector, with the lowest byte first, in Base64 (RFC 4648, section 4). About half as
    ///   long as the array, and read and written many times as fast.
    /// </summary>
    Base64,
}
