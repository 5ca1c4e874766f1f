using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Files;

namespace CodeEmbed.Sources.Files;

/// <summary>Finds the source files of folders, in the order of their paths, the same on every system.</summary>
/// <param name="filter">
///   Decides whether a file is taken, by its full path and its path relative to the folder that was given;
///   <see langword="null"/> to take every file.
/// </param>
internal sealed class SourceWalk(Func<string, string, bool>? filter)
{
    private const int FoldersToRemember = 4096;

    private readonly Dictionary<string, SourceFolder> _folders = [];

    // Digests of paths, which take less memory: Get-ChildItem -Recurse passes folders as well as their content.
    private readonly HashSet<UInt128> _found = [];

    /// <summary>Finds the files.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="cancellationToken">Stops the search, also where no entry is returned for a long time.</param>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    public IEnumerable<SourceEntry> Find(SourcePath path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string fullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path.FullPath));
        bool isFolder = Directory.Exists(fullPath);
        if (!Path.Exists(fullPath))
            return [SourceEntry.Failed(fullPath, new FileNotFoundException(FileError.DoesNotExist))];

        string home = isFolder ? fullPath : Path.GetDirectoryName(fullPath)!;
        string? given = path.BaseFolder is { } folder && IsIn(home, folder) ? folder : null;
        string root = FindRepository(home) ?? given ?? home;
        string filterRoot = given ?? home;
        try
        {
            SourceFolder inside = Enter(root, home, isNamed: path.IsNamed);
            return isFolder
                ? WalkGiven(inside, root, filterRoot, cancellationToken)
                : FindFile(inside, fullPath, filterRoot, path.IsNamed);
        }
        catch (Exception e) when (IsFileError(e))
        {
            return [SourceEntry.Failed(fullPath, e)];
        }
    }

    /// <summary>Whether an exception means that a file cannot be read.</summary>
    public static bool IsFileError(Exception error) => error is IOException or UnauthorizedAccessException;

    private IEnumerable<SourceEntry> WalkGiven(
        SourceFolder folder, string root, string filterRoot, CancellationToken cancellationToken) =>
        folder.WhySkipped is { } why
            ? [SourceEntry.Skipped(folder.FullPath, why)]
            : Walk(folder, root, filterRoot, cancellationToken);

    private IEnumerable<SourceEntry> FindFile(SourceFolder folder, string path, string filterRoot, bool isNamed)
    {
        string name = Path.GetFileName(path);
        if (!isNamed && folder.WhyFile(name) is { } why)
            return [SourceEntry.Skipped(path, why)];

        return Take(folder, path, name, filterRoot, isNamed) is { } entry ? [entry] : [];
    }

    private IEnumerable<SourceEntry> Walk(
        SourceFolder folder, string root, string filterRoot, CancellationToken cancellationToken)
    {
        FileSystemInfo[] entries;
        SourceEntry? failure = null;
        try
        {
            // In the order of whole paths, in which a folder's name ends with a slash.
            entries = new DirectoryInfo(folder.FullPath).GetFileSystemInfos();
            Array.Sort(
                Array.ConvertAll(entries, entry => entry is DirectoryInfo ? entry.Name + "/" : entry.Name),
                entries,
                StringComparer.Ordinal);
        }
        catch (Exception e) when (IsFileError(e))
        {
            entries = [];
            failure = SourceEntry.Failed(folder.FullPath, e);
        }

        if (failure is not null)
            yield return failure;

        foreach (FileSystemInfo entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (WhyLink(entry, root) is { } why)
            {
                yield return SourceEntry.Skipped(entry.FullName, why);
            }
            else if (entry is DirectoryInfo)
            {
                foreach (SourceEntry found in WalkInto(folder, entry, root, filterRoot, cancellationToken))
                    yield return found;
            }
            else if (folder.WhyFile(entry.Name) is { } reason)
            {
                yield return SourceEntry.Skipped(entry.FullName, reason);
            }
            else if (Take(folder, entry.FullName, entry.Name, filterRoot, isNamed: false) is { } taken)
            {
                yield return taken;
            }
        }
    }

    private IEnumerable<SourceEntry> WalkInto(
        SourceFolder folder, FileSystemInfo entry, string root, string filterRoot, CancellationToken cancellationToken)
    {
        try
        {
            SourceFolder inner = folder.Enter(entry.Name, isNamed: false);
            return inner.WhySkipped is { } why
                ? [SourceEntry.Skipped(entry.FullName, why)]
                : Walk(inner, root, filterRoot, cancellationToken);
        }
        catch (Exception e) when (IsFileError(e))
        {
            return [SourceEntry.Failed(entry.FullName, e)];
        }
    }

    private SourceEntry? Take(SourceFolder folder, string path, string name, string filterRoot, bool isNamed)
    {
        if (filter is not null && !filter(path, Path.GetRelativePath(filterRoot, path).Replace('\\', '/')))
            return null;

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(path), digest);
        return _found.Add(BitConverter.ToUInt128(digest))
            ? new SourceEntry(path) { RelativePath = folder.PathOf(name), IsNamed = isNamed }
            : null;
    }

    /// <summary>Walks from a root to a folder in it, and collects the rules on the way.</summary>
    private SourceFolder Enter(string root, string folder, bool isNamed)
    {
        // The rules in a folder that the user named are read again.
        if (!isNamed && _folders.TryGetValue(folder, out SourceFolder? known))
            return known;

        SourceFolder entered = SourceFolder.Root(root);
        string within = Path.GetRelativePath(root, folder);
        if (within != ".")
        {
            foreach (string name in within.Split(Path.DirectorySeparatorChar))
                entered = entered.Enter(name, isNamed);
        }

        if (_folders.Count >= FoldersToRemember)
            _folders.Clear();

        if (!isNamed)
            _folders[folder] = entered;

        return entered;
    }

    /// <summary>Why a link is skipped; <see langword="null"/> if it is not a link.</summary>
    private static string? WhyLink(FileSystemInfo entry, string root)
    {
        try
        {
            if (entry.LinkTarget is null)
                return null;

            return entry.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true } target
                ? "it is a broken link."
                : IsIn(RealPath(target.FullName), RealPath(root))
                    ? "it is a link to something else in the folder."
                    : "it is a link to a place outside the folder.";
        }
        catch (Exception e) when (IsFileError(e))
        {
            return "it is a broken link.";
        }
    }

    private static string RealPath(string path)
    {
        // Any folder on the way may be a link.
        string real = Path.GetPathRoot(path) ?? string.Empty;
        foreach (string name in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, name);
            real = new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }

        return real;
    }

    private static bool IsIn(string path, string folder)
    {
        string relative = Path.GetRelativePath(folder, path);
        return !Path.IsPathRooted(relative) && relative != ".."
            && !relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
    }

    private static string? FindRepository(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            // In a worktree or submodule it is a file.
            if (Path.Exists(Path.Combine(at, ".git")))
                return at;
        }

        return null;
    }
}
