using System.Text.RegularExpressions;
using CodeEmbed.Indexes;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The README's examples work as printed.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public async Task The_first_command_embeds_the_sample()
    {
        string text = HostCommand().Match(Readme).Groups["text"].Value;
        string target = Path.Combine(Repository.Root, "out.jsonl");
        File.Delete(target);
        try
        {
            var result = await HostProcess.RunAsync(text);

            Assert.Equal((0, string.Empty), (result.ExitCode, result.Output));
            Assert.StartsWith("Wrote ", result.Error, StringComparison.Ordinal);
            Assert.Equal(File.ReadLines(Repository.SampleInput).Count(), File.ReadLines(target).Count());
        }
        finally
        {
            File.Delete(target);
            File.Delete(IndexModel.PathFor(target));
        }
    }

    [Fact]
    public void The_imported_manifest_is_the_staged_one()
    {
        string path = ImportLine().Match(Readme).Groups["path"].Value;

        Assert.Equal(Path.GetFullPath(Repository.StagedManifest), Path.GetFullPath(Path.Combine(Repository.Root, path)));
    }

    [Fact]
    public void A_snippet_created_inline_gives_a_vector_and_its_tokens()
    {
        using var session = new ModuleSession(Repository.Root);

        SessionResult result = session.Run(Example("$snippet = "));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(256, result.Output[0].BaseObject);
        Assert.InRange((int)result.Output[1].BaseObject, 3, 512);
    }

    [Fact]
    public void The_nearest_pair_of_the_sample_is_two_of_its_snippets()
    {
        using var session = new ModuleSession(Repository.Root);

        SessionResult result = session.Run(Example("$all = "));

        Assert.Null(result.TerminatingMessage);
        string[] pair = ((string)result.Output.Single().BaseObject).Split(", ");
        string[] ids = [.. InputFiles.Column(Repository.SampleInput, "id").Select(id => id.GetString()!)];
        Assert.All(pair, id => Assert.Contains(id, ids));
        Assert.NotEqual(pair[0], pair[1]);
    }

    private static string Example(string start) =>
        PowerShellBlock().Matches(Readme).Select(match => match.Groups["code"].Value).Single(
            code => code.StartsWith(start, StringComparison.Ordinal));

    [GeneratedRegex("""^    dotnet run -c Release --project src/CodeEmbed.Host -- "(?<text>[^"]+)"$""", RegexOptions.Multiline)]
    private static partial Regex HostCommand();

    [GeneratedRegex("^Import-Module (?<path>.*)$", RegexOptions.Multiline)]
    private static partial Regex ImportLine();

    [GeneratedRegex("^```powershell\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex PowerShellBlock();
}
