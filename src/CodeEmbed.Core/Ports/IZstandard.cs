namespace CodeEmbed;

/// <summary>The port to Zstandard (RFC 8878), which .NET 10 does not include.</summary>
public interface IZstandard
{
    /// <summary>Starts to decompress.</summary>
    /// <param name="compressed">Zstandard data: one frame or several. It is disposed with the stream that is returned.</param>
    /// <returns>
    ///   The decompressed data, to be read from start to end. Reading throws an <see cref="InvalidDataException"/> with a message
    ///   for users if the data is damaged or cut short, if something else follows it, or if it asks for too much memory.
    /// </returns>
    Stream Decompress(Stream compressed);

    /// <summary>Starts to compress.</summary>
    /// <param name="target">Where the data goes: one frame, with a checksum. It stays open.</param>
    /// <returns>A stream to write to, which ends the frame when it is disposed.</returns>
    Stream Compress(Stream target);
}
