using System.Management.Automation;

namespace CodeEmbed.PowerShell.Sources;

/// <summary>
///   The filter of -Include and -Exclude: a pattern matches a file by its name, by its path with <c>/</c>, or by the name or path
///   of a folder that it is in.
/// </summary>
internal sealed class PathFilter
{
    private readonly WildcardPattern[] _include, _exclude;

    /// <summary>Makes a filter.</summary>
    public PathFilter(IEnumerable<string> include, IEnumerable<string> exclude) =>
        (_include, _exclude) = (Patterns(include), Patterns(exclude));

    /// <summary>Whether a file is read.</summary>
    /// <param name="path">Its path, with <c>/</c>.</param>
    public bool Takes(string path) => (_include.Length == 0 || IsMatch(_include, path)) && !IsMatch(_exclude, path);

    private static WildcardPattern[] Patterns(IEnumerable<string> patterns) =>
    [
        .. patterns.Select(pattern => WildcardPattern.Get(
            Plain(pattern.Replace('\\', '/')), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant)),
    ];

    /// <summary>A pattern in the form of the paths that it is compared with: <c>./src/</c> is <c>src</c>.</summary>
    private static string Plain(string pattern) =>
        (pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern).TrimEnd('/');

    private static bool IsMatch(WildcardPattern[] patterns, string path)
    {
        if (patterns.Length == 0)
            return false;

        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            string part = path[..end], name = part[(part.LastIndexOf('/') + 1)..];
            if (patterns.Any(pattern => pattern.IsMatch(name) || pattern.IsMatch(part)))
                return true;
        }

        return false;
    }
}
