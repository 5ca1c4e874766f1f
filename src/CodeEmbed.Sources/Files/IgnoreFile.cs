using MAB.DotIgnore;

namespace CodeEmbed.Sources.Files;

/// <summary>The rules in a .gitignore file.</summary>
internal sealed class IgnoreFile
{
    /// <summary>The name of such files.</summary>
    public const string Name = ".gitignore";

    private readonly List<IgnoreRule> _rules;

    /// <summary>Reads the rules.</summary>
    /// <param name="folder">The folder that they apply to, relative to the root, with <c>/</c>; empty for the root.</param>
    /// <param name="lines">The lines of the file.</param>
    public IgnoreFile(string folder, IEnumerable<string> lines)
    {
        Folder = folder;
        _rules = [];
        foreach (string line in lines)
        {
            // Spaces at the end count only after a backslash.
            string rule = line.TrimEnd('\r', '\t');
            string trimmed = rule.TrimEnd(' ');
            if (!trimmed.EndsWith('\\'))
                rule = trimmed;

            if (rule.Length == 0 || rule[0] == '#')
                continue;

            try
            {
                _rules.Add(new IgnoreRule(rule));
            }
            catch (ArgumentException)
            {
                // For git, a rule that it cannot parse matches nothing.
            }
        }
    }

    private IgnoreFile(string folder, List<IgnoreRule> rules) => (Folder, _rules) = (folder, rules);

    /// <summary>The folder that the rules apply to, relative to the root.</summary>
    public string Folder { get; }

    /// <summary>The rules without those that ignore a folder.</summary>
    /// <param name="path">The folder's path relative to the rules' folder, with <c>/</c>.</param>
    public IgnoreFile WithoutThoseThatIgnore(string path) => Ignores(path, isFolder: true) != true
        ? this
        : new IgnoreFile(Folder, [.. _rules.Where(rule => !IsMatch(rule, path, isFolder: true) || IsException(rule))]);

    /// <summary>The result of the last matching rule; <see langword="null"/> if no rule matches.</summary>
    /// <param name="path">The path relative to the rules' folder, with <c>/</c>.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool? Ignores(string path, bool isFolder)
    {
        // As in git, a rule with a slash is anchored at the folder.
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            if (IsMatch(_rules[i], path, isFolder))
                return !IsException(_rules[i]);
        }

        return null;
    }

    private static bool IsMatch(IgnoreRule rule, string path, bool isFolder) => rule.IsMatch($"/{path}", isFolder);

    private static bool IsException(IgnoreRule rule) => rule.PatternFlags.HasFlag(PatternFlags.NEGATION);
}
