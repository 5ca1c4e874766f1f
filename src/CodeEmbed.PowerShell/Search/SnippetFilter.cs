using System.Management.Automation;
using CodeEmbed.Databases;
using CodeEmbed.Errors;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Search;

/// <summary>
///   Which snippets -Language and -Include select. If they select none, it says why: otherwise that looks as if nothing similar
///   were there.
/// </summary>
internal sealed class SnippetFilter
{
    /// <summary>How many of the languages in the files are named.</summary>
    private const int MostNamed = 10;

    private readonly string[] _given;
    private readonly WildcardPattern[] _languagePatterns, _filePatterns;

    private SnippetFilter(string[] languages, string[] files)
    {
        _given = languages;
        Languages = LanguageNames.WithOthers(languages);
        Files = files;
        _languagePatterns = MakePatterns(Languages);
        _filePatterns = MakePatterns(Files);

        static WildcardPattern[] MakePatterns(IEnumerable<string> patterns) =>
            [.. patterns.Select(pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase))];
    }

    /// <summary>Patterns for the language; none for all.</summary>
    public IReadOnlyList<string> Languages { get; }

    /// <summary>Patterns for the file path; none for all.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Makes a filter; <see langword="null"/> if all snippets are wanted.</summary>
    /// <param name="languages">Patterns for the language; none for all.</param>
    /// <param name="files">Patterns for the file path; none for all.</param>
    public static SnippetFilter? Of(string[] languages, string[] files) =>
        languages.Length + files.Length == 0 ? null : new SnippetFilter(languages, files);

    /// <summary>Decides whether a snippet is wanted.</summary>
    /// <param name="language">Its language.</param>
    /// <param name="file">Its file path.</param>
    public bool Takes(string language, string file) => TakesLanguage(language) && TakesFile(file);

    /// <summary>Finds out why the filter leaves out every snippet.</summary>
    /// <param name="indexes">The files or the table.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A message for each reason; none if it leaves some in, or if there are no snippets.</returns>
    /// <exception cref="CodeEmbedException">A file or the table is not valid, or the table cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public async Task<IReadOnlyList<string>> FindProblemsAsync(SearchedIndexes indexes, CancellationToken cancellationToken)
    {
        Unmatched? unmatched = indexes.Table is { } table
            ? await FindInTableAsync(table, cancellationToken).ConfigureAwait(false)
            : await FindInFilesAsync(indexes.Sources, cancellationToken).ConfigureAwait(false);
        return unmatched is { Present.Count: > 0 } ? Describe(unmatched, indexes) : [];
    }

    private bool TakesLanguage(string language) =>
        _languagePatterns.Length == 0 || _languagePatterns.Any(pattern => pattern.IsMatch(language));

    private bool TakesFile(string file) => _filePatterns.Length == 0 || _filePatterns.Any(pattern => pattern.IsMatch(file));

    private async Task<Unmatched?> FindInFilesAsync(IReadOnlyList<IVectorSource> sources, CancellationToken cancellationToken)
    {
        bool language = false, file = false;
        var present = new SortedSet<string>(StringComparer.Ordinal);
        foreach (IVectorSource source in sources)
        {
            await foreach (VectorBlock block in source.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                for (int i = 0; i < block.Count; i++)
                {
                    string name = block.LanguageAt(i);
                    bool takesLanguage = TakesLanguage(name), takesFile = TakesFile(block.FilePathAt(i));
                    if (takesLanguage && takesFile)
                        return null;

                    language |= takesLanguage;
                    file |= takesFile;
                    if (present.Count <= MostNamed)
                        present.Add(name);
                }
            }
        }

        return new Unmatched(language, file, [.. present]);
    }

    private async Task<Unmatched?> FindInTableAsync(DatabaseSearch table, CancellationToken cancellationToken)
    {
        if (await MatchesAsync(Languages, Files).ConfigureAwait(false))
            return null;

        return new Unmatched(
            await MatchesAsync(Languages, []).ConfigureAwait(false),
            await MatchesAsync([], Files).ConfigureAwait(false),
            await table.ListLanguagesAsync([], [], MostNamed + 1, cancellationToken).ConfigureAwait(false));

        async Task<bool> MatchesAsync(IReadOnlyList<string> languages, IReadOnlyList<string> files) =>
            (await table.ListLanguagesAsync(languages, files, 1, cancellationToken).ConfigureAwait(false)).Count > 0;
    }

    private List<string> Describe(Unmatched unmatched, SearchedIndexes indexes)
    {
        string[] paths = indexes.Table is { } table ? [table.Name] : [.. indexes.Sources.Select(source => source.Path)];
        string place = MessageText.QuoteList(paths);
        string language = $"-Language {List(_given)}", include = $"-Include {List(Files)}";
        var problems = new List<string>();
        if (!unmatched.Language)
        {
            string others = unmatched.Present.Count > MostNamed ? " and others" : string.Empty;
            problems.Add(
                $"{language} matches no snippet in {place}; {(paths.Length == 1 ? "it has" : "they have")} "
                + $"{List(unmatched.Present.Take(MostNamed))}{others}.");
        }

        if (!unmatched.File)
            problems.Add($"{include} matches no file path in {place}.");

        if (unmatched is { Language: true, File: true })
            problems.Add($"{language} and {include} together match no snippet in {place}.");

        return problems;

        static string List(IEnumerable<string> values) =>
            string.Join(", ", values.Select(value => value.Length == 0 ? "''" : MessageText.Shorten(value)));
    }

    /// <summary>What a filter that matches no snippet matches without its other half.</summary>
    /// <param name="Language">Whether the patterns for the language alone match a snippet.</param>
    /// <param name="File">Whether those for the file path alone do.</param>
    /// <param name="Present">The first languages of the snippets: one more than is named, if there are so many.</param>
    private sealed record Unmatched(bool Language, bool File, IReadOnlyList<string> Present);
}
