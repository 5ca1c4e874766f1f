using System.Collections;
using System.IO.Compression;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Xml.Linq;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The package for the PowerShell Gallery, and what the build writes for it.</summary>
public sealed class GalleryPackageTests : IDisposable
{
    private static readonly string Version = Path.GetFileName(Repository.StagedModule);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_holds_the_staged_files_and_what_the_gallery_shows_and_searches()
    {
        string path = _folder.File("package.nupkg");
        Assert.Equal(0, (await PackagingAsync("pack", Repository.StagedModule, path)).ExitCode);

        Assert.InRange(new FileInfo(path).Length, 1, 160_000_000);
        await using ZipArchive package = await ZipFile.OpenReadAsync(path, TestContext.Current.CancellationToken);
        string[] entries = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.All(
            Directory.GetFiles(Repository.StagedModule, "*", SearchOption.AllDirectories),
            file => Assert.Contains(Path.GetRelativePath(Repository.StagedModule, file).Replace('\\', '/'), entries));
        await using Stream nuspec = await package.GetEntry("CodeEmbed.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        Dictionary<string, string> metadata = XDocument.Load(nuspec).Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName, element => element.Value);
        Assert.Equal(("CodeEmbed", Version), (metadata["id"], metadata["version"]));
        Assert.Equal("https://licenses.nuget.org/MIT", metadata["licenseUrl"]);
        Assert.Contains("`Import-CodeSnippet`", metadata["releaseNotes"], StringComparison.Ordinal);
        Assert.Superset(
            new HashSet<string>
            {
                "embeddings", "PSModule", "PSEdition_Core", "PSIncludes_Cmdlet", "PSCmdlet_Import-CodeSnippet", "PSCommand_Import-CodeSnippet",
                "PSCmdlet_ConvertTo-CodeEmbedding", "PSCommand_ConvertTo-CodeEmbedding", "PSCmdlet_Export-CodeEmbedding", "PSCommand_Export-CodeEmbedding",
            },
            metadata["tags"].Split(' ').ToHashSet());
    }

    [Fact]
    public void The_staged_manifest_has_the_changelogs_section_of_its_version()
    {
        using var session = new ModuleSession();

        var module = (PSModuleInfo)session.Run("Get-Module CodeEmbed").Output.Single().BaseObject;

        string[] sections = File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")).Split("\n## ");
        string section = sections.Single(text => text.StartsWith($"[{Version}]", StringComparison.Ordinal));
        Assert.Equal(section[section.IndexOf('\n', StringComparison.Ordinal)..].Trim(), module.ReleaseNotes);
    }

    [Fact]
    public async Task The_projects_address_stands_in_the_manifest_where_it_is_given()
    {
        string target = _folder.File("CodeEmbed.psd1");

        var result = await PackagingAsync(
            "manifest", Path.Combine(Repository.Root, "CodeEmbed.psd1"), Path.Combine(Repository.Root, "CHANGELOG.md"), "https://example.org/o'clock", target);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        ScriptBlockAst manifest = Parser.ParseFile(target, out _, out ParseError[] errors);
        Assert.Empty(errors);
        var values = (Hashtable)manifest.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false).SafeGetValue();
        Assert.Equal("https://example.org/o'clock", ((Hashtable)((Hashtable)values["PrivateData"]!)["PSData"]!)["ProjectUri"]);
    }

    [Fact]
    public async Task A_version_that_the_changelog_does_not_have_is_an_error()
    {
        string changelog = _folder.WriteLines("CHANGELOG.md", "# Changelog", "", "## [0.0.9]", "", "- Something.");

        var result = await PackagingAsync("manifest", Path.Combine(Repository.Root, "CodeEmbed.psd1"), changelog, string.Empty, _folder.File("CodeEmbed.psd1"));

        Assert.Equal((1, $"CodeEmbed.Packaging : error : CHANGELOG.md says nothing of version {Version}."), (result.ExitCode, result.Error.Trim()));
    }

    private static Task<(int ExitCode, string Output, string Error)> PackagingAsync(params string[] arguments) =>
        DotnetProcess.RunAsync(Repository.PackagingAssembly, arguments);
}
