using Xunit;

namespace CodeEmbed.Tests.HelpBuilder;

/// <summary>The build tool that generates the help: which pages it refuses, and its messages about them.</summary>
public sealed class HelpBuilderTests : IDisposable
{
    private const string Page = "Import-CodeSnippet.md";
    private const string About = "about_CodeEmbed.md";

    private readonly TemporaryFolder _folder = new();
    private readonly string _docs;

    public HelpBuilderTests() => _docs = _folder.CopyFolder(Repository.Docs, "docs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_pages_of_the_repository_become_MAML_and_an_about_topic()
    {
        Assert.Equal((0, string.Empty, string.Empty), await BuildAsync());
        Assert.Equal(
            ["CodeEmbed.PowerShell.dll-Help.xml", "about_CodeEmbed.help.txt"],
            Directory.GetFiles(_folder.File("en-US")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("## SYNOPSIS", "## SUMMARY", "# Import-CodeSnippet", "the section 'SYNOPSIS' is missing")]
    [InlineData("## SYNOPSIS", "## SUMMARY", "## SUMMARY", "a page has no section 'SUMMARY'")]
    [InlineData("## NOTES", "## NOTES\n\n## MORE", "## NOTES", "the section 'NOTES' is empty")]
    [InlineData(
        "# Import-CodeSnippet",
        "# Import-Snippet",
        "# Import-Snippet",
        "the page's title is 'Import-Snippet', but its file is 'Import-CodeSnippet'")]
    [InlineData("### -SkipInvalid", "### -SkipBad", "## PARAMETERS", "-SkipInvalid of Import-CodeSnippet has no text")]
    [InlineData("### -SkipInvalid", "### -SkipBad", "### -SkipBad", "Import-CodeSnippet has no parameter -SkipBad")]
    [InlineData("### -SkipInvalid", "### -Path", "### -Path", "-Path appears twice")]
    [InlineData("### -SkipInvalid", "### -SkipInvalid\n\n### -Other", "### -SkipInvalid", "-SkipInvalid has no text")]
    [InlineData(
        "### Example 2: ", "### Example 17: ", "### Example 17: ", "an example begins with '### Example 2: ' and its title")]
    [InlineData(
        "```powershell\nImport-CodeSnippet snippets.jsonl\n",
        "```\nImport-CodeSnippet snippets.jsonl\n",
        "### Example 1: ",
        "an example begins with a block of code, fenced as powershell")]
    [InlineData(
        "### CodeEmbed.CodeSnippet",
        "### CodeEmbed.CodeSnip",
        "## OUTPUTS",
        "CodeEmbed.CodeSnippet, which Import-CodeSnippet passes on, has no text")]
    [InlineData(
        "### CodeEmbed.CodeSnippet",
        "### CodeEmbed.CodeSnip",
        "### CodeEmbed.CodeSnip",
        "Import-CodeSnippet does not pass on CodeEmbed.CodeSnip")]
    [InlineData("(formats.md)", "(format.md)", "(format.md)", "the link leads to 'format.md', which does not exist")]
    [InlineData("## INPUTS\n", "## INPUTS\n\nText.\n", "Text.", "'INPUTS' may have only subsections")]
    [InlineData("## NOTES\n", "## NOTES\n\n|a|b|\n|-|-|\n|1|2|\n", "|a|b|", "a table cannot be shown as plain text")]
    public async Task An_invalid_page_is_named_with_the_line_and_the_reason(
        string text, string replacement, string place, string problem)
    {
        int line = Change(Page, text, replacement, place);

        (int exitCode, string output, _) = await BuildAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains($"{Path.Combine(_docs, Page)}({line}): error HELP: {problem}.", output.Split(Environment.NewLine));
        Assert.False(Directory.Exists(_folder.File("en-US")));
    }

    [Fact]
    public async Task Two_examples_are_too_few()
    {
        string[] lines = File.ReadAllLines(Path.Combine(_docs, Page));
        int examples = Array.IndexOf(lines, "## EXAMPLES"), third = Array.FindIndex(
            lines, line => line.StartsWith("### Example 3: ", StringComparison.Ordinal));
        File.WriteAllLines(Path.Combine(_docs, Page), [.. lines[..third], .. lines[Array.IndexOf(lines, "## PARAMETERS")..]]);

        Assert.Equal(
            (1, $"{Path.Combine(_docs, Page)}({examples + 1}): error HELP: there are 2 examples, and there must be at "
                + $"least 3.{Environment.NewLine}", string.Empty),
            await BuildAsync());
    }

    [Fact]
    public async Task A_cmdlet_in_the_manifest_without_a_page_is_named()
    {
        string page = Path.Combine(_docs, Page);
        File.Delete(page);

        (int exitCode, string output, _) = await BuildAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"{Repository.StagedManifest}(1): error HELP: the manifest exports Import-CodeSnippet, which has no page '{page}'.",
            output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "Turns code snippets",
        "From a fresh clone on any machine turns code snippets",
        "## SHORT DESCRIPTION",
        "the short description must be one line of at most 76 characters")]
    [InlineData(
        "```powershell\n",
        "```powershell\n# A remark that is so long that in the narrow window of a shell it would be broken\n",
        "# A remark",
        "a line of the code is longer than 72 characters")]
    public async Task Content_that_does_not_fit_into_an_about_topic_is_named(
        string text, string replacement, string place, string problem)
    {
        int line = Change(About, text, replacement, place);

        (int exitCode, string output, _) = await BuildAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal($"{Path.Combine(_docs, About)}({line}): error HELP: {problem}.{Environment.NewLine}", output);
    }

    /// <summary>
    ///   Changes the first occurrence of a text, and returns the number of the last line with the changed text.
    /// </summary>
    private int Change(string page, string text, string replacement, string place)
    {
        string path = Path.Combine(_docs, page), before = File.ReadAllText(path);
        int start = before.IndexOf(text, StringComparison.Ordinal);
        Assert.NotEqual(-1, start);
        File.WriteAllText(path, before[..start] + replacement + before[(start + text.Length)..]);
        return Array.FindLastIndex(File.ReadAllLines(path), line => line.Contains(place, StringComparison.Ordinal)) + 1;
    }

    private Task<(int ExitCode, string Output, string Error)> BuildAsync() => DotnetProcess.RunAsync(
        Repository.HelpBuilderAssembly,
        Repository.StagedManifest,
        Path.Combine(Repository.StagedModule, "CodeEmbed.PowerShell.dll"),
        _docs,
        _folder.File("en-US"));
}
