namespace CodeEmbed.Hub.Cache;

/// <summary>The files that say which commit a branch or tag refers to in the cache.</summary>
/// <param name="repository">The model's folder.</param>
internal sealed class CachedReferences(RepositoryFolder repository)
{
    /// <summary>Keeps the commit of a branch or tag.</summary>
    /// <remarks>
    ///   A branch <c>a</c> is a file, and <c>a/b</c> needs a folder of that name, so that the cache cannot hold both. The one
    ///   that is fetched last stays; the commit of the other can still be given.
    /// </remarks>
    public void Write(string revision, string commit)
    {
        string path = repository.Reference(revision);
        repository.RequireNoLink(repository.References);
        string folder = Path.GetDirectoryName(path)!;
        while (folder.Length > repository.References.Length)
        {
            if (File.Exists(folder))
                File.Delete(folder);

            folder = Path.GetDirectoryName(folder)!;
        }

        repository.Prepare(path);
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            Directory.Delete(path, recursive: true);

        CachedContent.WriteWhole(path, commit);
    }
}
