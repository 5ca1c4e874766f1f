using MAB.DotIgnore;

namespace CodeEmbed.Sources.Files;

/// <summary>The rules of one .gitignore.</summary>
internal sealed class IgnoreFile
{
    /// <summary>The name of such files.</summary>
    public const string Name = ".gitignore";

    private readonly List<IgnoreRule> _rules = [];

    /// <summary>Reads the rules.</summary>
    /// <param name="folder">The folder that they are for, with <c>/</c>, from the root; empty for the root.</param>
    /// <param name="lines">The lines of the file.</param>
    public IgnoreFile(string folder, IEnumerable<string> lines)
    {
        Folder = folder;
        foreach (string line in lines)
        {
            // Spaces at the end count only where a backslash is before them.
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
                // git takes a rule that cannot be understood for one that fits nothing.
            }
        }
    }

    /// <summary>The folder that the rules are for, from the root.</summary>
    public string Folder { get; }

    /// <summary>What the last rule that fits says; <see langword="null"/> where none does.</summary>
    /// <param name="path">The path from the rules' folder, with <c>/</c>.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    public bool? Ignores(string path, bool isFolder)
    {
        // A rule with its place begins at the folder, as git has it.
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            if (_rules[i].IsMatch($"/{path}", isFolder))
                return !_rules[i].PatternFlags.HasFlag(PatternFlags.NEGATION);
        }

        return null;
    }
}
