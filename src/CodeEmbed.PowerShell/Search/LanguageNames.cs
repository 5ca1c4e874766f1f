namespace CodeEmbed.PowerShell.Search;

/// <summary>
///   Programming languages: the name of each in lower case, as Get-CodeSnippet, Linguist and most data sets of code write it, and
///   other names that are in use.
/// </summary>
internal static class LanguageNames
{
    // The six of CodeSearchNet, which CodeBERT was trained on, and others that are common in code.
    private static readonly string[][] All =
    [
        ["c"], ["c#", "csharp", "cs"], ["c++", "cpp"], ["css"], ["dart"], ["elixir"], ["erlang"], ["f#", "fsharp"], ["fortran"],
        ["go", "golang"], ["haskell"], ["html"], ["java"], ["javascript", "js"], ["julia"], ["kotlin"], ["lua"], ["matlab"],
        ["objective-c", "objectivec", "objc"], ["ocaml"], ["perl"], ["php"], ["powershell", "ps1", "pwsh"], ["python", "py"],
        ["r"], ["ruby", "rb"], ["rust", "rs"], ["scala"], ["shell", "bash", "sh"], ["sql"], ["swift"], ["typescript", "ts"],
    ];

    /// <summary>The languages that have a name with a beginning.</summary>
    /// <param name="beginning">The beginning, in any case.</param>
    /// <returns>The first name of each.</returns>
    public static IEnumerable<string> StartingWith(string beginning) => All
        .Where(names => names.Any(name => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)))
        .Select(names => names[0]);

    /// <summary>All names of the languages that names are for.</summary>
    /// <param name="names">Names in any case, or patterns, which are for themselves.</param>
    public static string[] WithOthers(IEnumerable<string> names) =>
        [.. names.SelectMany(name => All.FirstOrDefault(all => all.Contains(name, StringComparer.OrdinalIgnoreCase)) ?? [name])];
}
