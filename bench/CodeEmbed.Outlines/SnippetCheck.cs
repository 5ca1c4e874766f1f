using System.Diagnostics;
using CodeEmbed.Cutting;
using CodeEmbed.PowerShell.Sources;
using CodeEmbed.Sources;
using CodeEmbed.Sources.Files;

namespace CodeEmbed.Outlines;

/// <summary>Reads a folder like Get-CodeSnippet, and checks that its promises are kept.</summary>
internal static class SnippetCheck
{
    /// <summary>Prints what was found and how long it took.</summary>
    /// <returns>0, or 1 if a promise was broken.</returns>
    public static int Run(string folder, int maxLength)
    {
        var reader = new SourceReader(new SourceReaderOptions { MaxLength = maxLength, Parsers = [new PowerShellParser()] });
        var watch = Stopwatch.StartNew();
        List<SourceFileResult> results = [.. reader.Read(new SourcePath(Path.GetFullPath(folder))), .. reader.Complete()];
        TimeSpan time = watch.Elapsed;
        var counter = new EstimatedTokens(maxLength);
        int lost = 0, tooLong = 0, broken = 0, longest = 0;
        long letters = 0, snippets = 0;
        var ids = new HashSet<string>();
        foreach (SourceFileResult result in results.Where(result => result.Snippets.Count > 0))
        {
            string text = SourceText.Decode(File.ReadAllBytes(result.Path)).Text!;
            letters += text.Length;
            snippets += result.Snippets.Count;
            lost += string.Concat(result.Snippets.Select(snippet => snippet.Content)) == text ? 0 : 1;
            broken += result.Notes.Any(note => note.Contains("grammar", StringComparison.Ordinal)) ? 1 : 0;
            foreach (CodeSnippet snippet in result.Snippets)
            {
                int tokens = counter.Count(snippet.Content);
                longest = Math.Max(longest, tokens);
                tooLong += tokens > maxLength ? 1 : 0;
                lost += ids.Add(snippet.Id) ? 0 : 1;
            }
        }

        Console.WriteLine(
            $"{folder}: {results.Count(result => result.Snippets.Count > 0)} files, {letters / 1e6:F1} MB, {snippets} snippets, "
            + $"the longest of {longest} tokens; {time.TotalSeconds:F1} s, {letters / 1e6 / time.TotalSeconds:F2} MB/s; "
            + $"{broken} broken files; lost or twice: {lost}, too long: {tooLong}, "
            + $"errors: {results.Count(result => result.Error is not null)}");
        return lost + tooLong > 0 ? 1 : 0;
    }
}
