using System.IO.Enumeration;

namespace CodeEmbed.PesterTests;

/// <summary>The selected tests. In both patterns, * stands for any text.</summary>
/// <param name="Files">Patterns of file names, without <c>.Tests.ps1</c>.</param>
/// <param name="Name">A pattern for the whole name of a test, with its enclosing blocks.</param>
internal sealed record TestFilter(IReadOnlyList<string> Files, string? Name)
{
    /// <summary>Whether a file is selected.</summary>
    public bool Takes(string file)
    {
        string name = Path.GetFileName(file).Replace(".Tests.ps1", "", StringComparison.OrdinalIgnoreCase);
        return Files.Count == 0 || Files.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name));
    }
}
