using System.Text.RegularExpressions;

namespace CodeEmbed.Hub.Settings;

/// <summary>Expands a path as Python's <c>expanduser</c> and <c>expandvars</c> do.</summary>
internal static partial class EnvironmentPath
{
    /// <summary>Replaces a <c>~</c> at the start, and <c>$NAME</c> and <c>${NAME}</c>, on Windows also <c>%NAME%</c>.</summary>
    /// <param name="path">The path.</param>
    /// <param name="variable">The value of a variable; one without a value stays as it is written.</param>
    public static string Expand(string path, Func<string, string?> variable)
    {
        if (path is "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal))
        {
            string? home = variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME");
            if (string.IsNullOrEmpty(home))
                home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

            path = home + path[1..];
        }

        string Replace(Match match) => variable(match.Groups["name"].Value) ?? match.Value;
        path = DollarName().Replace(path, Replace);
        return OperatingSystem.IsWindows() ? PercentName().Replace(path, Replace) : path;
    }

    [GeneratedRegex(@"\$(?:(?<name>\w+)|\{(?<name>[^}]*)\})")]
    private static partial Regex DollarName();

    [GeneratedRegex("%(?<name>[^%]+)%")]
    private static partial Regex PercentName();
}
