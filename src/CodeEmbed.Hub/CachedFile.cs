namespace CodeEmbed.Hub;

/// <summary>A file of a model in the cache.</summary>
/// <param name="Path">Its path in the repository, with slashes.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record CachedFile(string Path, long Size);
