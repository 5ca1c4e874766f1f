namespace CodeEmbed.Tests.Hostile;

/// <summary>A hostile input.</summary>
/// <param name="Kind">The kind of input, for messages.</param>
/// <param name="Files">Its files by name.</param>
internal sealed record FuzzCase(string Kind, params (string Name, byte[] Bytes)[] Files)
{
    /// <summary>The total length of its files.</summary>
    public long Length => Files.Sum(file => (long)file.Bytes.Length);
}
