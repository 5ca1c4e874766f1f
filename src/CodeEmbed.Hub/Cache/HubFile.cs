using System.Text.RegularExpressions;

namespace CodeEmbed.Hub.Cache;

/// <summary>A file in the Hub's listing of a commit.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Hash">The SHA-256 of a large file, which Git keeps elsewhere; otherwise the hash of its Git blob.</param>
internal sealed partial record HubFile(string Path, long Size, string Hash)
{
    private const int Sha256Digits = 64;

    /// <summary>
    ///   The hash of the Git blob at the path, which for a large file is a pointer; <see langword="null"/> if it is not
    ///   known.
    /// </summary>
    public string? GitHash { get; init; }

    /// <summary>The hash by which the Hub's newer storage names a large file, or <see langword="null"/>.</summary>
    public string? XetHash { get; init; }

    /// <summary>Whether the hash is a SHA-256.</summary>
    public bool IsLarge => Hash.Length == Sha256Digits;

    /// <summary>Whether the hash is valid.</summary>
    public bool HasHash => HashPattern().IsMatch(Hash);

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex HashPattern();
}
