using CodeEmbed.Indexes;

namespace CodeEmbed.Sources.Files;

/// <summary>A folder that is walked, and the rules for its content.</summary>
internal sealed class SourceFolder
{
    private readonly IReadOnlyList<IgnoreFile> _rules;

    private SourceFolder(string fullPath, string path, IReadOnlyList<IgnoreFile> rules, string? whySkipped)
    {
        FullPath = fullPath;
        Path = path;
        _rules = rules;
        WhySkipped = whySkipped;
    }

    /// <summary>Its full path.</summary>
    public string FullPath { get; }

    /// <summary>Its path relative to the root, with <c>/</c>; empty for the root.</summary>
    public string Path { get; }

    /// <summary>Why it is skipped, as a sentence; <see langword="null"/> if it is not.</summary>
    public string? WhySkipped { get; }

    /// <summary>Creates a root: the folder of a git repository, or the folder that was given.</summary>
    /// <param name="fullPath">Its full path.</param>
    /// <exception cref="IOException">Its rules cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Its rules may not be read.</exception>
    public static SourceFolder Root(string fullPath)
    {
        // A repository may have rules that are not committed.
        string excluded = System.IO.Path.Combine(fullPath, ".git", "info", "exclude");
        return new SourceFolder(
            fullPath, string.Empty, AddRules(AddRules([], excluded, string.Empty), IgnoreIn(fullPath), string.Empty), null);
    }

    /// <summary>Creates a folder in this one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isNamed">
    ///   Whether the user named it. Then it is not skipped, and the rules of git that ignore it do not apply to its content
    ///   either.
    /// </param>
    /// <exception cref="IOException">Its rules cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Its rules may not be read.</exception>
    public SourceFolder Enter(string name, bool isNamed)
    {
        string fullPath = System.IO.Path.Combine(FullPath, name), path = PathOf(name);
        if (isNamed)
        {
            IReadOnlyList<IgnoreFile> others = [.. _rules.Select(rules => rules.WithoutThoseThatIgnore(Within(rules, path)))];
            return new SourceFolder(fullPath, path, AddRules(others, IgnoreIn(fullPath), path), whySkipped: null);
        }

        string? why = WhySkipped ?? LeftOut.WhyFolder(name) ?? WhyIgnored(name, isFolder: true);
        return new SourceFolder(fullPath, path, why is null ? AddRules(_rules, IgnoreIn(fullPath), path) : _rules, why);
    }

    /// <summary>Why a file in this folder is skipped, as a sentence; <see langword="null"/> if it is not.</summary>
    /// <param name="name">Its name.</param>
    public string? WhyFile(string name) =>
        WhySkipped ?? WhyIgnored(name, isFolder: false) ?? LeftOut.WhyName(name) ?? WhyEmbeddings(name);

    /// <summary>The path of an entry in this folder, relative to the root, with <c>/</c>.</summary>
    /// <param name="name">Its name.</param>
    public string PathOf(string name) => Path.Length == 0 ? name : $"{Path}/{name}";

    private string? WhyIgnored(string name, bool isFolder)
    {
        string path = PathOf(name);

        // The nearest file takes precedence, and in it the last rule.
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            if (_rules[i].Ignores(Within(_rules[i], path), isFolder) is { } ignores)
                return ignores ? "git ignores it." : null;
        }

        return null;
    }

    private string? WhyEmbeddings(string name)
    {
        string file = System.IO.Path.Combine(FullPath, name);
        return File.Exists(IndexModel.PathFor(file)) ? "it holds embeddings."
            : IndexOwner.OfEmbeddings(file) is not null ? "it belongs to a file of embeddings."
            : null;
    }

    /// <summary>A path relative to the folder of rules.</summary>
    private static string Within(IgnoreFile rules, string path) =>
        rules.Folder.Length == 0 ? path : path[(rules.Folder.Length + 1)..];

    private static string IgnoreIn(string folder) => System.IO.Path.Combine(folder, IgnoreFile.Name);

    private static IReadOnlyList<IgnoreFile> AddRules(IReadOnlyList<IgnoreFile> rules, string file, string folder) =>
        File.Exists(file) ? [.. rules, new IgnoreFile(folder, File.ReadLines(file))] : rules;
}
