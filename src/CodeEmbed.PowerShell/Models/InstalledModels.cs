using CodeEmbed.Hub;
using CodeEmbed.PowerShell.Engine;

namespace CodeEmbed.PowerShell.Models;

/// <summary>Lists the models that are on this machine.</summary>
internal static class InstalledModels
{
    /// <summary>
    ///   The models that come with the module, and then those in the Hub's cache; each in the order of the names.
    /// </summary>
    public static IEnumerable<InstalledModel> List()
    {
        IModelInspector inspector = EmbeddingEngine.CreateInspector();
        return Bundled().Select(folder => FromFolder(folder, inspector))
            .Concat(OpenCache().List().Select(revision => FromCache(revision, inspector)));
    }

    /// <summary>The Hub's cache, which counts a model as complete if the engine can run it.</summary>
    public static HubCache OpenCache() => new(HubOptions.FromEnvironment().CacheFolder, EmbeddingEngine.ModelTypes);

    /// <summary>A commit in the cache.</summary>
    public static InstalledModel FromCache(CachedRevision revision, IModelInspector inspector)
    {
        ModelSummary summary = inspector.Inspect(revision.Folder);
        return new InstalledModel
        {
            Name = revision.Model,
            Revisions = revision.Revisions,
            Commit = revision.Commit,
            Architecture = summary.Architecture,
            Dimensions = summary.Dimensions,
            MaxLength = summary.MaxLength,
            Size = revision.Size,
            Files = [.. revision.Files.Select(file => file.Path)],
            Folder = revision.Folder,
            IsComplete = revision.IsComplete,
        };
    }

    /// <summary>The names of the models, for completion.</summary>
    public static IEnumerable<string> Names(HubCache cache) =>
        Bundled().Select(folder => Path.GetFileName(folder))
            .Concat(cache.List().Where(revision => revision.IsComplete).Select(revision => revision.Model).Distinct());

    private static IEnumerable<string> Bundled() => Directory.Exists(EmbeddingEngine.BundledModels)
        ? Directory.GetDirectories(EmbeddingEngine.BundledModels).Order(StringComparer.Ordinal)
        : [];

    private static InstalledModel FromFolder(string folder, IModelInspector inspector)
    {
        ModelSummary summary = inspector.Inspect(folder);
        FileInfo[] files = new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories);
        IEnumerable<string> names = files.Select(file => Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'));
        return new InstalledModel
        {
            Name = Path.GetFileName(folder),
            Revisions = [],
            Architecture = summary.Architecture,
            Dimensions = summary.Dimensions,
            MaxLength = summary.MaxLength,
            Size = files.Sum(file => file.Length),
            Files = [.. names.Order(StringComparer.Ordinal)],
            Folder = folder,
            IsComplete = true,
        };
    }
}
