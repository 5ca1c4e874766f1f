using System.IO.Enumeration;

namespace CodeEmbed.Hub.Cache;

/// <summary>Lists the files of a commit in the cache.</summary>
internal static class SnapshotListing
{
    private const int MaxDepth = 8;

    private static readonly EnumerationOptions Options = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = MaxDepth,
        IgnoreInaccessible = true,
        AttributesToSkip = 0,
    };

    /// <summary>The files under a folder, with slashes in their paths, in order. A link whose file is gone is left out.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    public static List<string> Read(string folder)
    {
        if (!Directory.Exists(folder))
            return [];

        var files = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), Options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry),
        };
        return [.. files.Where(file => CachedContent.IsThere(file))
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)];
    }

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
