using System.Text.RegularExpressions;

namespace CodeEmbed.Hub.Cache;

/// <summary>A file as the Hub's listing of a commit has it.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Hash">The SHA-256 of a large file, which Git keeps elsewhere; else the hash of the file as Git's blob.</param>
internal sealed partial record HubFile(string Path, long Size, string Hash)
{
    private const int Sha256Digits = 64;

    /// <summary>
    ///   The hash of what Git has under the path, which for a large file is a pointer; <see langword="null"/> where it is not
    ///   told.
    /// </summary>
    public string? GitHash { get; init; }

    /// <summary>The hash by which the Hub's newer storage names a large file, or <see langword="null"/>.</summary>
    public string? XetHash { get; init; }

    /// <summary>Whether the hash is a SHA-256.</summary>
    public bool IsLarge => Hash.Length == Sha256Digits;

    /// <summary>Whether the hash is one.</summary>
    public bool HasHash => HashPattern().IsMatch(Hash);

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex HashPattern();
}
