namespace CodeEmbed.Tests.Hostile;

/// <summary>A hostile input.</summary>
/// <param name="Kind">What it is, for a message about it.</param>
/// <param name="Files">Its files, by their names.</param>
internal sealed record FuzzCase(string Kind, params (string Name, byte[] Bytes)[] Files)
{
    /// <summary>The length of all its files.</summary>
    public long Length => Files.Sum(file => (long)file.Bytes.Length);
}
