using System.Management.Automation;
using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>What the build stages.</summary>
public sealed class StagedModuleTests
{
    private static readonly string[] Platforms = ["linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64"];

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets()
    {
        using var session = new ModuleSession();

        SessionResult result = session.Run("(Get-Module CodeEmbed).ExportedCommands.Keys");

        Assert.Equal([
                "ConvertTo-CodeEmbedding", "Export-CodeEmbedding", "Get-CodeEmbeddingModel", "Import-CodeEmbedding", "Import-CodeSnippet",
                "Remove-CodeEmbeddingModel", "Save-CodeEmbeddingModel",
            ], result.Output.Select(name => (string)name.BaseObject).Order());
    }

    [Fact]
    public void The_manifest_asks_for_PowerShell_7_4_and_no_Windows_PowerShell()
    {
        using var session = new ModuleSession();

        var module = (PSModuleInfo)session.Run("Get-Module CodeEmbed").Output.Single().BaseObject;

        Assert.Equal(new Version(7, 4), module.PowerShellVersion);
        Assert.Equal(["Core"], module.CompatiblePSEditions);
    }

    [Fact]
    public void No_assembly_of_PowerShell_is_staged()
    {
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Repository.StagedModule, "*.dll", SearchOption.AllDirectories),
            path => Path.GetFileName(path).StartsWith("System.Management.Automation", StringComparison.OrdinalIgnoreCase)
                || Path.GetFileName(path).StartsWith("Microsoft.PowerShell", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Packages_lie_only_in_the_engines_folder()
    {
        Assert.Equal(
            ["CodeEmbed.Core.dll", "CodeEmbed.Hub.dll", "CodeEmbed.PowerShell.dll"],
            Directory.EnumerateFiles(Repository.StagedModule, "*.dll").Select(path => Path.GetFileName(path)!).Order());
        Assert.False(File.Exists(Path.Combine(Repository.StagedModule, "engine", "CodeEmbed.Core.dll")));
    }

    [Fact]
    public void Every_library_of_others_is_named_in_the_notices()
    {
        string notices = File.ReadAllText(Path.Combine(Repository.StagedModule, "THIRD-PARTY-NOTICES.txt"));

        Assert.All(
            Directory.EnumerateFiles(Repository.StagedModule, "*", SearchOption.AllDirectories)
                .Where(path => Path.GetExtension(path) is ".dll" or ".so" or ".dylib")
                .Select(path => Path.GetFileName(path))
                .Where(name => !name.StartsWith("CodeEmbed.", StringComparison.Ordinal)),
            name => Assert.Matches($@"(?m)^    \S+ \S+: .*\b{Regex.Escape(name)}\b", notices));
    }

    [Fact]
    public void There_is_a_native_library_for_each_platform()
    {
        string runtimes = Path.Combine(Repository.StagedModule, "engine", "runtimes");

        Assert.Equal(Platforms, Directory.EnumerateDirectories(runtimes).Select(path => Path.GetFileName(path)!).Order());
        Assert.All(Platforms, platform => Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(runtimes, platform, "native")), path => Path.GetFileNameWithoutExtension(path).Contains("onnxruntime", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_bundled_model_brings_its_card() => Assert.True(File.Exists(Path.Combine(Repository.BundledModel, "README.md")));
}
