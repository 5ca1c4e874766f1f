using System.Security.Cryptography;
using System.Text;

namespace CodeEmbed.Tests.Hub;

/// <summary>A file of a repository on the server.</summary>
internal sealed record FakeFile(byte[] Content, bool IsLarge)
{
    /// <summary>Its SHA-256 if it is large, otherwise the hash from "git hash-object".</summary>
    public string Hash { get; init; } = Convert.ToHexStringLower(IsLarge
        ? SHA256.HashData(Content)
#pragma warning disable CA5350 // Git uses SHA-1.
        : SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {Content.Length}\0"), .. Content]));
#pragma warning restore CA5350

    /// <summary>The size that the Hub reports.</summary>
    public long Size { get; init; } = Content.Length;
}
