using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Files;

/// <summary>Copies a model from the cache.</summary>
internal static class PlainFolder
{
    private const string PartialSuffix = ".partial";

    /// <summary>Copies files, each of which appears whole.</summary>
    /// <param name="source">The folder that they are in; links are followed.</param>
    /// <param name="paths">Their paths in it.</param>
    /// <param name="target">The folder that they go to.</param>
    /// <param name="cancellationToken">Stops it; the next try continues with the unfinished file.</param>
    /// <exception cref="HubAnswerException">The folder holds other files, which would be mixed with them.</exception>
    public static async Task WriteAsync(
        string source, IReadOnlyList<string> paths, string target, CancellationToken cancellationToken)
    {
        HashSet<string> own = [.. paths, .. paths.Select(path => path + PartialSuffix)];
        if (SnapshotListing.Read(target).FirstOrDefault(path => !own.Contains(path)) is { } other)
        {
            throw new HubAnswerException(
                $"the folder '{target}' holds other files, such as '{other}'. Give a new or empty folder.");
        }

        foreach (string path in paths)
        {
            string from = Path.Combine(source, RepositoryFolder.Local(path)), to = Path.Combine(
                target, RepositoryFolder.Local(path));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            await CopyAsync(from, to + PartialSuffix, cancellationToken).ConfigureAwait(false);
            File.Move(to + PartialSuffix, to, overwrite: true);
        }
    }

    private static async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        using FileStream input = CacheFile.OpenRead(from);
        using FileStream output = CacheFile.OpenWrite(to);
        output.SetLength(0);
        await input.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
        output.Flush(flushToDisk: true);
    }
}
