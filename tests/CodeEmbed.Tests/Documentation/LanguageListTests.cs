using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CodeEmbed.Sources.Files;
using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>The list of languages in the help of Get-CodeSnippet.</summary>
public sealed partial class LanguageListTests
{
    [Fact]
    public void The_help_lists_each_language_that_a_file_can_have()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Docs, "Get-CodeSnippet.md"));
        string paragraph = page.Split("\n\n")
            .Single(text => text.StartsWith("The languages are named ", StringComparison.Ordinal));

        Assert.Equal(
            LanguagesOf("ByEnding").Concat(LanguagesOf("ByName")).Concat(LanguagesOf("ByProgram")).Append(SourceLanguage.Text)
                .Select(language => language.Name).Distinct().Order(StringComparer.Ordinal),
            Quoted().Matches(paragraph).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    /// <summary>The languages in a table: the values of a dictionary, or the second items of an array of pairs.</summary>
    private static IEnumerable<SourceLanguage> LanguagesOf(string table)
    {
        object value = typeof(SourceLanguage).GetField(table, BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        return value is IDictionary dictionary
            ? dictionary.Values.Cast<SourceLanguage>()
            : ((IEnumerable)value).Cast<ITuple>().Select(pair => (SourceLanguage)pair[1]!);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
