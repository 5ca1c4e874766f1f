using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The output of Get-Help for the staged module.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public static TheoryData<string> Cmdlets
    {
        get
        {
            using var session = new ModuleSession();
            return [.. Strings(session.Run("(Get-Module CodeEmbed).ExportedCmdlets.Keys"))];
        }
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void A_cmdlet_has_its_own_synopsis_and_description(string cmdlet)
    {
        string synopsis = Assert.Single(Help(cmdlet, "$help.Synopsis"));
        Assert.EndsWith(".", synopsis, StringComparison.Ordinal);
        string[] description = Help(cmdlet, "$help.description.Text");
        Assert.StartsWith(cmdlet, description[0], StringComparison.Ordinal);
        Assert.All(description, paragraph => Assert.NotEmpty(paragraph));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_parameter_has_a_description(string cmdlet)
    {
        string[] parameters = Strings(_session.Run("(Get-Command $Name).Parameters.Keys", ("Name", cmdlet)));

        Assert.Equal(parameters.Except(Cmdlet.CommonParameters).Order(), Help(cmdlet, "$help.parameters.parameter.name").Order());
        Assert.All(
            Help(cmdlet, "foreach ($parameter in $help.parameters.parameter) { \"$($parameter.description.Text)\" }"),
            text => Assert.EndsWith(".", text, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void There_is_a_syntax_for_each_parameter_set(string cmdlet)
    {
        string[] sets = Strings(_session.Run(
            "foreach ($set in (Get-Command $Name).ParameterSets) { ($set.Parameters.Name | Where-Object { $_ -notin "
            + "[System.Management.Automation.Cmdlet]::CommonParameters }) -join ' ' }",
            ("Name", cmdlet)));

        string[] syntaxes = Help(cmdlet, "foreach ($item in $help.syntax.syntaxItem) { $item.parameter.name -join ' ' }");

        Assert.Equal(sets.Select(Sorted).Order(), syntaxes.Select(Sorted).Order());

        static string Sorted(string names) => string.Join(' ', names.Split(' ').Order());
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void There_are_at_least_three_examples_each_with_code_and_a_text(string cmdlet)
    {
        string[] titles = Help(cmdlet, "$help.examples.example.title");
        string[] codes = Help(cmdlet, "$help.examples.example.code");

        Assert.InRange(titles.Length, 3, int.MaxValue);
        Assert.Equal(titles.Length, codes.Length);
        Assert.All(codes, code => Assert.Contains(cmdlet, code, StringComparison.Ordinal));
        Assert.All(
            Help(cmdlet, "foreach ($example in $help.examples.example) { \"$($example.remarks.Text)\".Trim() }"),
            text => Assert.EndsWith(".", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Import-CodeSnippet", "Path", "true", "0", "True (ByValue)", "none", "true", "")]
    [InlineData("Import-CodeSnippet", "LiteralPath", "true", "named", "True (ByPropertyName)", "PSPath, LP", "false", "")]
    [InlineData("Import-CodeSnippet", "SkipInvalid", "false", "named", "False", "none", "false", "False")]
    [InlineData("ConvertTo-CodeEmbedding", "InputObject", "true", "named", "True (ByValue)", "none", "false", "")]
    [InlineData("ConvertTo-CodeEmbedding", "Model", "false", "0", "False", "none", "false", "")]
    [InlineData("ConvertTo-CodeEmbedding", "BatchSize", "false", "named", "False", "none", "false", "16")]
    [InlineData("ConvertTo-CodeEmbedding", "Device", "false", "named", "False", "none", "false", "Auto")]
    [InlineData("ConvertTo-CodeEmbedding", "Language", "false", "named", "False", "none", "false", "")]
    [InlineData("Export-CodeEmbedding", "Path", "true", "0", "False", "none", "false", "")]
    [InlineData("Export-CodeEmbedding", "LiteralPath", "true", "named", "False", "LP", "false", "")]
    [InlineData("Export-CodeEmbedding", "NoClobber", "false", "named", "False", "NoOverwrite", "false", "False")]
    [InlineData("Find-CodeDuplicate", "MinimumScore", "false", "named", "False", "none", "false", "0.95")]
    [InlineData("Find-CodeSnippet", "Query", "true", "0", "True (ByValue)", "none", "false", "")]
    [InlineData("Find-CodeSnippet", "Path", "true", "1", "False", "none", "true", "")]
    [InlineData("Find-CodeSnippet", "Top", "false", "named", "False", "none", "false", "10")]
    [InlineData("Import-CodeEmbedding", "Path", "true", "0", "True (ByValue)", "none", "true", "")]
    [InlineData("Import-CodeEmbedding", "LiteralPath", "true", "named", "True (ByPropertyName)", "PSPath, LP", "false", "")]
    public void A_parameter_is_described_as_it_binds(
        string cmdlet,
        string parameter,
        string required,
        string position,
        string pipelineInput,
        string aliases,
        string wildcards,
        string defaultValue)
    {
        SessionResult result = _session.Run(
            "$p = Get-Help $Name -Parameter $Parameter; \"$($p.required)\", \"$($p.position)\", \"$($p.pipelineInput)\", "
            + "\"$($p.aliases)\", \"$($p.globbing)\", \"$($p.defaultValue)\"",
            ("Name", cmdlet), ("Parameter", parameter));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal([required, position, pipelineInput, aliases, wildcards, defaultValue], Strings(result));
    }

    [Fact]
    public void The_values_of_an_enumeration_are_in_the_syntax()
    {
        string[] values = Help(
            "ConvertTo-CodeEmbedding",
            "foreach ($p in $help.syntax.syntaxItem.parameter) { if ($p.name -eq 'Device') { "
            + "$p.parameterValueGroup.parameterValue } }");

        Assert.Equal(["Auto", "Cpu", "Cuda", "CoreML"], values);
    }

    [Fact]
    public void The_about_topic_is_found_and_fits_into_80_columns()
    {
        SessionResult result = _session.Run("Get-Help about_CodeEmbed");

        Assert.Null(result.TerminatingMessage);
        string[] lines = Assert.Single(Strings(result)).Split('\n');
        Assert.Equal(["TOPIC", "    about_CodeEmbed", "", "SHORT DESCRIPTION"], lines[..4]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("LONG DESCRIPTION", lines);
    }

    [Fact]
    public void The_about_topic_names_every_cmdlet()
    {
        string topic = Assert.Single(Strings(_session.Run("Get-Help about_CodeEmbed")));

        Assert.All(
            Strings(_session.Run("(Get-Module CodeEmbed).ExportedCmdlets.Keys")),
            cmdlet => Assert.Contains(cmdlet, topic, StringComparison.Ordinal));
    }

    private static string[] Strings(SessionResult result) => [.. result.Output.Select(value => $"{value}")];

    private string[] Help(string cmdlet, string expression)
    {
        SessionResult result = _session.Run($"$help = Get-Help $Name -Full; {expression}", ("Name", cmdlet));
        Assert.Null(result.TerminatingMessage);
        Assert.Empty(result.Errors);
        return Strings(result);
    }
}
