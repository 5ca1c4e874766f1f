using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Hub.Cache;

namespace CodeEmbed.Hub.Transfer;

/// <summary>Computes the hash by which the Hub names a file.</summary>
internal static class ContentHash
{
    private const int BufferLength = 1 << 20;

    /// <summary>Computes the hash of a file on disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isLarge">
    ///   Whether the hash is the SHA-256; otherwise that of Git's blob: the SHA-1 of "blob", the length and the content.
    /// </param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Lower-case hexadecimal digits.</returns>
    public static async Task<string> ComputeAsync(string path, bool isLarge, CancellationToken cancellationToken)
    {
        FileStream stream = CacheFile.OpenRead(path);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using var hash = IncrementalHash.CreateHash(isLarge ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
            if (!isLarge)
                hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));

            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                hash.AppendData(buffer, 0, count);

            return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }
}
