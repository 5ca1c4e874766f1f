using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   The examples in the help run as printed, in a folder with the sample, and with a model in the Hub's cache. This engine
///   lacks PowerShell's own modules; an example that needs them is left to <c>tests/Pester/Help.Tests.ps1</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed partial class HelpExampleTests
{
    private const string CacheVariable = "HF_HUB_CACHE";

    private const int FewestExamples = 3;

    [Theory]
    [MemberData(nameof(HelpTests.Cmdlets), MemberType = typeof(HelpTests))]
    public void The_examples_of_a_cmdlet_end_without_an_error(string cmdlet)
    {
        using var session = new ModuleSession();
        (string Title, string Code)[] examples = [.. session
            .Run(
                "foreach ($example in (Get-Help $Name -Examples).examples.example) { , @($example.title, $example.code) }",
                ("Name", cmdlet))
            .Output.Select(example => (object[])example.BaseObject).Select(example => ($"{example[0]}", $"{example[1]}"))];

        string[] leftOut = [.. examples.Where(example => !Run(example.Title, example.Code)).Select(example => example.Title)];

        Assert.True(
            examples.Length - leftOut.Length >= FewestExamples,
            $"Of {examples.Length} examples, these can run only in Pester: {string.Join("; ", leftOut)}.");
    }

    [Fact]
    public void The_examples_of_the_about_topic_end_without_an_error()
    {
        string[] examples = [.. PowerShellBlock()
            .Matches(File.ReadAllText(Path.Combine(Repository.Docs, "about_CodeEmbed.md")))
            .Select(match => match.Groups["code"].Value)];

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.True(Run(example, example)));
    }

    /// <summary>Runs an example, unless it uses commands that this engine does not have.</summary>
    private static bool Run(string title, string code)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.SampleInput, folder.File("snippets.jsonl"));
        folder.WriteLines("retry.py", "def retry(action):", "    return action()");
        string? cacheBefore = Environment.GetEnvironmentVariable(CacheVariable);
        Environment.SetEnvironmentVariable(CacheVariable, CachedModel.WriteCache(folder));
        try
        {
            return Run(title, code, folder);
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheVariable, cacheBefore);
        }
    }

    private static bool Run(string title, string code, TemporaryFolder folder)
    {
        using var session = new ModuleSession(folder.Path);
        ScriptBlockAst script = Parser.ParseInput(code, out _, out ParseError[] mistakes);
        Assert.True(mistakes is [], $"{title}: {string.Join<ParseError>("; ", mistakes)}");
        string[] commands = [.. script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true)
            .Select(ast => ((CommandAst)ast).GetCommandName())];
        if (session.Run("foreach ($command in $Commands) { if (-not (Get-Command $command "
            + "-ErrorAction Ignore)) { $command } }", ("Commands", commands)).Output.Count > 0)
            return false;

        SessionResult result = session.Run(code);

        Assert.True(
            result.Terminating is null && result.Errors is [],
            $"{title}: {result.TerminatingMessage}{string.Join("; ", result.Errors)}");
        return true;
    }

    [GeneratedRegex("^```powershell\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex PowerShellBlock();
}
