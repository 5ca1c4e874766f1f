using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>Cmdlets and parameters named in the pages exist in the staged module, and all existing ones are named.</summary>
public sealed partial class NamedCommandTests : IDisposable
{
    /// <summary>Parameters of other commands that the pages name without the command.</summary>
    private static readonly string[] OfOtherCommands =
        ["First", "Skip", "Recurse", "Cuda", "AutoSize", "Help", "Version", "File", "Task"];

    private static readonly Lazy<Dictionary<string, string[]>> Cmdlets = new(FindCmdlets);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_cmdlet_and_parameter_that_a_page_names_exists()
    {
        string[] unknown = [.. DocumentationPage.All.Where(page => !page.IsChangelog).SelectMany(Unknown)];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown));
    }

    [Theory]
    [InlineData("`Find-CodeSnippet -Top 3 | Select-Object -Unknown x`", null)]
    [InlineData("`-Top`, `-Verbose`, `-p:Cuda=false`, `-MinimumScore 0.9`", null)]
    [InlineData("`Find-CodeSnippet -Tops 3`", "(1): Find-CodeSnippet has no parameter -Tops")]
    [InlineData("Find-CodeSnipet finds.", "(1): there is no cmdlet Find-CodeSnipet")]
    [InlineData("`-Tops 3`", "(1): no cmdlet has a parameter -Tops")]
    [InlineData("\n```powershell\n'x' |\n    ConvertTo-CodeEmbedding -Overflows\n```",
        "(4): ConvertTo-CodeEmbedding has no parameter -Overflows")]
    public void A_cmdlet_or_parameter_that_does_not_exist_is_named(string text, string? problem)
    {
        var page = new DocumentationPage(_folder.WriteLines("page.md", text));

        Assert.Equal(problem is null ? [] : [$"{page.Name}{problem}"], Unknown(page));
    }

    /// <summary>The list of cmdlets in the README has all parameters of each, except those bound from the pipeline.</summary>
    [Fact]
    public void The_list_in_the_README_has_every_cmdlet_with_its_parameters()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");
        Dictionary<string, string[]> listed = ListedCmdlet().Matches(readme).ToDictionary(
            match => match.Groups["name"].Value,
            match => ListedParameter().Matches(match.Groups["parameters"].Value).Select(name => name.Groups[1].Value)
                .Order().ToArray());

        Assert.Equal(Cmdlets.Value.Keys.Order(), listed.Keys.Order());
        Assert.All(listed, cmdlet => Assert.Equal(
            Cmdlets.Value[cmdlet.Key].Except(Cmdlet.CommonParameters).Except(["InputObject"]).Order(), cmdlet.Value));
    }

    private static IEnumerable<string> Unknown(DocumentationPage page) =>
        Names(page).Concat(Parameters(page)).Distinct();

    private static IEnumerable<string> Names(DocumentationPage page) =>
        from line in page.Lines.Index()
        from Match name in CmdletName().Matches(line.Item)
        where !Cmdlets.Value.ContainsKey(name.Value)
        select $"{page.Place(line.Index + 1)}: there is no cmdlet {name.Value}";

    private static IEnumerable<string> Parameters(DocumentationPage page)
    {
        foreach ((int line, string code) in page.PowerShellBlocks.Concat(page.CodeSpans))
        {
            bool isParameter = LoneParameter().IsMatch(code);
            ScriptBlockAst script = Parser.ParseInput(isParameter ? $"Any {code}" : code, out _, out _);
            IEnumerable<Ast> commands = script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true);
            foreach (CommandAst command in commands.Cast<CommandAst>())
            {
                string? name = isParameter ? "Any" : command.GetCommandName();
                if (name is null || (!isParameter && !Cmdlets.Value.ContainsKey(name)))
                    continue;

                foreach (CommandParameterAst parameter in command.CommandElements.OfType<CommandParameterAst>())
                {
                    string place = page.Place(line + parameter.Extent.StartLineNumber - 1);
                    if (isParameter && !IsOfAny(parameter.ParameterName))
                        yield return $"{place}: no cmdlet has a parameter -{parameter.ParameterName}";
                    else if (!isParameter && !Cmdlets.Value[name].Contains(parameter.ParameterName))
                        yield return $"{place}: {name} has no parameter -{parameter.ParameterName}";
                }
            }
        }
    }

    private static bool IsOfAny(string parameter) =>
        OfOtherCommands.Contains(parameter) || Cmdlets.Value.Values.Any(parameters => parameters.Contains(parameter));

    private static Dictionary<string, string[]> FindCmdlets()
    {
        using var session = new ModuleSession();
        return session.Run("(Get-Module CodeEmbed).ExportedCmdlets.Values").Output
            .Select(cmdlet => (CmdletInfo)cmdlet.BaseObject)
            .ToDictionary(cmdlet => cmdlet.Name, cmdlet => cmdlet.Parameters.Keys.ToArray());
    }

    [GeneratedRegex(@"\b[A-Z][a-z]+(?:To)?-Code(?!Embed\b|\.)[A-Z][A-Za-z]*")]
    private static partial Regex CmdletName();

    /// <summary>A parameter, possibly followed by a value and by others, and not an option of another program.</summary>
    [GeneratedRegex("^-[A-Z][A-Za-z]*(?![A-Za-z:=.])")]
    private static partial Regex LoneParameter();

    [GeneratedRegex(@"^- `(?<name>[A-Z][A-Za-z]+-Code[A-Za-z]+)(?<parameters>[^`]*)`", RegexOptions.Multiline)]
    private static partial Regex ListedCmdlet();

    [GeneratedRegex(@"\[-([A-Z][A-Za-z]*)")]
    private static partial Regex ListedParameter();
}
