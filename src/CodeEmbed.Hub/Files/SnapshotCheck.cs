using CodeEmbed.Files;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>Whether a commit in the cache is complete, by the Hub's listing of it, which may be kept next to it.</summary>
/// <remarks>
///   Other programs fetch only the files that they read themselves. A missing file may then be one that the repository does not
///   have, or one that the program did not need. Without the listing only the marks of files that a commit does not have tell
///   these apart.
/// </remarks>
/// <param name="Problem">Why the commit cannot be used as it is, to follow "it"; <see langword="null"/> if it can.</param>
/// <param name="Doubt">
///   What is not known and may change the result, as a sentence; <see langword="null"/> if everything is known.
/// </param>
internal sealed record SnapshotCheck(string? Problem, string? Doubt)
{
    private const string NotThere = "is not in the cache";

    /// <summary>Checks a commit. It uses no network.</summary>
    /// <param name="repository">The model's folder in the cache.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    public static SnapshotCheck Of(RepositoryFolder repository, string commit, IReadOnlyCollection<string>? modelTypes)
    {
        string folder = repository.Snapshot(commit);
        if (SnapshotListing.Read(folder) is not { Count: > 0 } files)
            return new SnapshotCheck(NotThere, null);

        try
        {
            return CommitListing.Read(repository.Listing(commit)) is { } listing
                ? new SnapshotCheck(FindMissing(listing, repository, commit, modelTypes), null)
                : WithoutListing(files.ToHashSet(), repository, commit, modelTypes);
        }
        catch (Exception e) when (e is HubAnswerException or IOException or UnauthorizedAccessException)
        {
            string problem = FileError.OfReading(e, path: string.Empty).Problem;
            return new SnapshotCheck($"is in the cache and cannot be read: {problem}", null);
        }
    }

    /// <summary>The files of a commit that are needed.</summary>
    /// <param name="listing">The Hub's listing of it.</param>
    /// <param name="repository">The model's folder in the cache, with the files that must be read first.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    public static NeededFiles FindNeeded(
        IReadOnlyDictionary<string,
        HubFile> listing,
        RepositoryFolder repository,
        string commit,
        IReadOnlyCollection<string>? modelTypes) =>
        NeededFiles.ChooseWithCached(
            listing.Keys.ToHashSet(),
            modelTypes,
            path => IsThere(listing[path], repository, commit),
            path => repository.Read(commit, path));

    /// <summary>Whether the cache has a file of a commit, as long as the Hub's listing says.</summary>
    public static bool IsThere(HubFile file, RepositoryFolder repository, string commit) =>
        FileNameRule.IsPlainPath(file.Path) && CachedContent.IsThere(repository.Pointer(commit, file.Path), file.Size);

    private static string? FindMissing(
        IReadOnlyDictionary<string,
        HubFile> listing,
        RepositoryFolder repository,
        string commit,
        IReadOnlyCollection<string>? modelTypes)
    {
        HashSet<string> paths = [.. listing.Keys];
        bool IsHere(string path) => !listing.TryGetValue(path, out HubFile? file) || IsThere(file, repository, commit);
        Stream Read(string path) => repository.Read(commit, path);

        // Each step reads files that the one before it names.
        string? missing = new[] { ModelFileNames.Modules }.FirstOrDefault(path => !IsHere(path))
            ?? NeededFiles.ReadFirst(paths, Read).FirstOrDefault(path => !IsHere(path));
        if (missing is null)
        {
            NeededFiles needed = FindNeeded(listing, repository, commit, modelTypes);
            if (needed.Problem is not null)
                return $"is in the cache and cannot be used: {needed.Problem}";

            missing = needed.Paths.FirstOrDefault(path => !IsHere(path));
        }

        return missing is null ? null : $"is in the cache and is not whole: its file {missing} is missing or too short";
    }

    private static SnapshotCheck WithoutListing(
        HashSet<string> files, RepositoryFolder repository, string commit, IReadOnlyCollection<string>? modelTypes)
    {
        Stream Read(string path) => repository.Read(commit, path);
        if (NeededFiles.Choose(files, modelTypes, Read).Problem is { } problem)
            return new SnapshotCheck($"is in the cache and is not whole: {problem}", null);

        // The models whose names have no owner are the oldest ones, from before there was sentence-transformers.
        bool IsKnown(string path) =>
            files.Contains(path) || File.Exists(repository.Absence(commit, path)) || (
                path == ModelFileNames.Modules && repository.HasNoOwner);
        if (!IsKnown(ModelFileNames.Modules))
        {
            return new SnapshotCheck(
                "is in the cache, and another program put it there without the listing of its files. Whether "
                + $"{ModelFileNames.Modules} belongs to it "
                + "cannot be known, and that file says how vectors are made",
                null);
        }

        SentenceModules modules = SentenceModules.Read(files, Read);
        string[] unknown = [.. NeededFiles.Descriptions(modules)
            .Where(path => !IsKnown(path) && !NeededFiles.IsOutranked(path, modules, files.Contains))];
        return new SnapshotCheck(null, unknown.Length == 0
            ? null
            : $"Whether the model has the files {string.Join(", ", unknown)} cannot be known, because another program put it "
                + "into the cache without the listing "
                + "of its files. It is used without them. To be sure, fetch it once while the Hub can be reached.");
    }
}
