using System.Collections;
using System.IO.Compression;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Xml.Linq;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The package for the PowerShell Gallery, and the files that the build writes for it.</summary>
public sealed class GalleryPackageTests : IDisposable
{
    private static readonly string Version = Path.GetFileName(Repository.StagedModule);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_contains_the_staged_files_and_the_metadata_for_the_gallery()
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
        Dictionary<string, string> metadata = XDocument.Load(nuspec).Root!.Elements().Single().Elements().ToDictionary(
            element => element.Name.LocalName, element => element.Value);
        Assert.Equal(("CodeEmbed", Version), (metadata["id"], metadata["version"]));
        Assert.Equal("https://licenses.nuget.org/MIT", metadata["licenseUrl"]);
        Assert.Contains("`Import-CodeSnippet`", metadata["releaseNotes"], StringComparison.Ordinal);
        Assert.Superset(
            new HashSet<string>
            {
                "embeddings", "PSModule", "PSEdition_Core", "PSIncludes_Cmdlet", "PSCmdlet_Import-CodeSnippet",
                "PSCommand_Import-CodeSnippet",
                "linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64", "PSCmdlet_ConvertTo-CodeEmbedding",
                "PSCommand_ConvertTo-CodeEmbedding", "PSCmdlet_Export-CodeEmbedding", "PSCommand_Export-CodeEmbedding",
            },
            metadata["tags"].Split(' ').ToHashSet());
        Assert.DoesNotContain(entries, entry => entry.Contains("providers_cuda", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("engine/runtimes/linux-arm64/native/libonnxruntime.so")]
    [InlineData("engine/runtimes/win-x64/native/onnxruntime.dll")]
    [InlineData("engine/runtimes/osx-arm64/native/libonnxruntime.dylib")]
    public async Task A_platform_without_ONNX_Runtime_is_an_error_that_names_it(string missing)
    {
        string module = MakeModule(
            "CodeEmbed", "engine/runtimes/linux-arm64/native/libonnxruntime.so",
            "engine/runtimes/linux-x64/native/libonnxruntime.so",
            "engine/runtimes/osx-arm64/native/libonnxruntime.dylib",
            "engine/runtimes/win-arm64/native/onnxruntime.dll",
            "engine/runtimes/win-x64/native/onnxruntime.dll");
        Assert.Equal(0, (await PackagingAsync("pack", module, _folder.File("package.nupkg"))).ExitCode);
        File.Delete(Path.Combine(module, missing));

        var result = await PackagingAsync("pack", module, _folder.File("second.nupkg"));

        Assert.Equal((1, false), (result.ExitCode, File.Exists(_folder.File("second.nupkg"))));
        Assert.Contains(Path.GetFullPath(Path.Combine(module, missing)), result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "Linux",
        "linux-x64",
        "native/libonnxruntime.so",
        "native/libonnxruntime_providers_shared.so",
        "native/libonnxruntime_providers_cuda.so")]
    [InlineData(
        "Windows",
        "win-x64",
        "native/onnxruntime.dll",
        "native/onnxruntime_providers_shared.dll",
        "native/onnxruntime_providers_cuda.dll")]
    public async Task A_CUDA_module_is_packed_with_its_system_in_the_tags_and_only_if_complete(
        string system, string platform, params string[] natives)
    {
        string module = MakeModule($"CodeEmbed.Cuda.{system}", natives), path = _folder.File("package.nupkg");
        (int exitCode, _, _) = await PackagingAsync(
            "cuda-manifest",
            Path.Combine(Repository.Root, "CodeEmbed.psd1"),
            system,
            "https://example.org/o'clock",
            Path.Combine(module, $"CodeEmbed.Cuda.{system}.psd1"));
        Assert.Equal(0, exitCode);

        Assert.Equal(0, (await PackagingAsync("pack", module, path)).ExitCode);

        await using ZipArchive package = await ZipFile.OpenReadAsync(path, TestContext.Current.CancellationToken);
        Assert.Superset(natives.ToHashSet(), package.Entries.Select(entry => entry.FullName).ToHashSet());
        await using Stream nuspec = await package.GetEntry($"CodeEmbed.Cuda.{system}.nuspec")!.OpenAsync(
            TestContext.Current.CancellationToken);
        Dictionary<string, string> metadata = XDocument.Load(nuspec).Root!.Elements().Single().Elements().ToDictionary(
            element => element.Name.LocalName, element => element.Value);
        Assert.Equal((Version, "https://example.org/o'clock"), (metadata["version"], metadata["projectUrl"]));
        string[] tags = metadata["tags"].Split(' ');
        Assert.Superset(
            new HashSet<string> { "CUDA", "NVIDIA", system, platform, "PSModule", "PSEdition_Core" }, tags.ToHashSet());
        Assert.DoesNotContain("PSIncludes_Cmdlet", tags);

        File.Delete(Path.Combine(module, natives[0]));
        Assert.Contains("Missing: ", (await PackagingAsync("pack", module, path)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_package_of_the_staged_CUDA_module_is_smaller_than_the_galleries_limit()
    {
        Assert.SkipWhen(Repository.CudaSystems.Length == 0, "This build does not include CUDA.");
        string path = _folder.File("package.nupkg");

        Assert.Equal(0, (await PackagingAsync("pack", Repository.StagedCuda(Repository.CudaSystems[0]), path)).ExitCode);

        Assert.InRange(new FileInfo(path).Length, 100_000_000, 250_000_000);
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
    public async Task The_projects_address_is_in_the_manifest_if_it_is_specified()
    {
        string target = _folder.File("CodeEmbed.psd1");

        var result = await PackagingAsync(
            "manifest",
            Path.Combine(Repository.Root, "CodeEmbed.psd1"),
            Path.Combine(Repository.Root, "CHANGELOG.md"),
            "https://example.org/o'clock",
            target);

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

        var result = await PackagingAsync(
            "manifest", Path.Combine(Repository.Root, "CodeEmbed.psd1"), changelog, string.Empty, _folder.File("CodeEmbed.psd1"));

        Assert.Equal(
            (1, $"CodeEmbed.Packaging : error : CHANGELOG.md has no section for version {Version}."),
            (result.ExitCode, result.Error.Trim()));
    }

    // A module whose libraries are placeholders; CodeEmbed also has its manifest.
    private string MakeModule(string name, params string[] natives)
    {
        string module = _folder.File(name);
        foreach (string native in natives)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(module, native))!);
            File.WriteAllText(Path.Combine(module, native), "a library");
        }

        if (name == "CodeEmbed")
            File.Copy(Repository.StagedManifest, Path.Combine(module, "CodeEmbed.psd1"));

        return module;
    }

    private static Task<(int ExitCode, string Output, string Error)> PackagingAsync(params string[] arguments) =>
        DotnetProcess.RunAsync(Repository.PackagingAssembly, arguments);
}
