using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace CodeEmbed.Jsonl.Records;

/// <summary>The SHA-256 of a content in UTF-8, in which a lone surrogate is U+FFFD, as the model sees it.</summary>
internal static class ContentDigest
{
    /// <summary>How many bytes it has.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>Computes it.</summary>
    /// <param name="content">The content.</param>
    /// <param name="digest">Receives the digest, [<see cref="Length"/>].</param>
    public static void Compute(string content, Span<byte> digest)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(content));
        int length = Encoding.UTF8.GetBytes(content, bytes);
        SHA256.HashData(bytes.AsSpan(0, length), digest);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Writes it as 64 hexadecimal digits.</summary>
    /// <param name="content">The content.</param>
    public static string Describe(string content)
    {
        Span<byte> digest = stackalloc byte[Length];
        Compute(content, digest);
        return Convert.ToHexStringLower(digest);
    }
}
