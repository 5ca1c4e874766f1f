using System.Management.Automation;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The files that the build stages.</summary>
public sealed class StagedModuleTests
{
    private static readonly string[] CudaLibraries =
        ["onnxruntime", "onnxruntime_providers_cuda", "onnxruntime_providers_shared"];
    private static readonly string[] Platforms = ["linux-arm64", "linux-x64", "osx-arm64", "win-arm64", "win-x64"];

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets()
    {
        using var session = new ModuleSession();

        SessionResult result = session.Run("(Get-Module CodeEmbed).ExportedCommands.Keys");

        Assert.Equal([
                "Compare-CodeEmbedding", "ConvertTo-CodeEmbedding", "Export-CodeEmbedding", "Export-CodeEmbeddingMap",
                "Find-CodeDuplicate",
                "Find-CodeSnippet", "Get-CodeEmbeddingModel", "Get-CodeSnippet", "Import-CodeEmbedding", "Import-CodeSnippet",
                "Merge-CodeEmbedding", "Remove-CodeEmbeddingModel", "Save-CodeEmbeddingModel",
            ], result.Output.Select(name => (string)name.BaseObject).Order());
    }

    [Fact]
    public void The_manifest_requires_PowerShell_7_6_and_excludes_Windows_PowerShell()
    {
        using var session = new ModuleSession();

        var module = (PSModuleInfo)session.Run("Get-Module CodeEmbed").Output.Single().BaseObject;

        Assert.Equal(new Version(7, 6), module.PowerShellVersion);
        Assert.Equal(["Core"], module.CompatiblePSEditions);
    }

    [Fact]
    public void No_PowerShell_assembly_is_staged()
    {
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Repository.StagedModule, "*.dll", SearchOption.AllDirectories),
            path => Path.GetFileName(path).StartsWith("System.Management.Automation", StringComparison.OrdinalIgnoreCase)
                || Path.GetFileName(path).StartsWith("Microsoft.PowerShell", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Packages_are_only_in_the_adapters_folders()
    {
        Assert.Equal(
            ["CodeEmbed.Core.dll", "CodeEmbed.Hub.dll", "CodeEmbed.PowerShell.dll"],
            Directory.EnumerateFiles(Repository.StagedModule, "*.dll").Select(path => Path.GetFileName(path)!).Order());
        Assert.All(
            ["engine", "postgres", "stores", "zstandard"],
            folder => Assert.False(File.Exists(Path.Combine(Repository.StagedModule, folder, "CodeEmbed.Core.dll"))));
        Assert.Equal(
            ["CodeEmbed.Zstandard.dll", "ZstdSharp.dll"],
            Directory.EnumerateFiles(Path.Combine(Repository.StagedModule, "zstandard"), "*.dll")
                .Select(path => Path.GetFileName(path)!).Order());
    }

    [Fact]
    public void Every_third_party_library_is_named_in_the_notices()
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
    public void The_native_libraries_of_each_platform_are_exactly_those_in_the_dependencies()
    {
        string engine = Path.Combine(Repository.StagedModule, "engine");
        string[] natives = NativesOf(Path.Combine(engine, "CodeEmbed.Onnx.deps.json"));

        Assert.Equal(
            Platforms,
            Directory.EnumerateDirectories(Path.Combine(engine, "runtimes")).Select(path => Path.GetFileName(path)!).Order());
        Assert.Equal(
            natives.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Path.Combine(engine, "runtimes"), "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(engine, path).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.All(Platforms, platform => Assert.Contains(natives, path =>
            path.StartsWith($"runtimes/{platform}/native/", StringComparison.Ordinal)
                && Path.GetFileName(path) is "libonnxruntime.so" or "libonnxruntime.dylib" or "onnxruntime.dll"));
    }

    [Theory]
    [InlineData("linux-x64", "Linux")]
    [InlineData("win-x64", "Windows")]
    [InlineData("linux-arm64", null)]
    [InlineData("osx-arm64", null)]
    [InlineData("win-arm64", null)]
    public void The_native_libraries_of_a_platform_come_from_one_package(string platform, string? system)
    {
        string package = "Microsoft.ML.OnnxRuntime"
            + (Repository.CudaSystems.Contains(system) ? $".Gpu.{system}" : string.Empty);
        string natives = Path.Combine("runtimes", platform, "native");
        string source = Path.Combine(
            Repository.PackageFolder, package.ToLowerInvariant(), Repository.OnnxRuntimeVersion, natives);

        string[] staged = Directory.GetFiles(Path.Combine(Repository.StagedModule, "engine", natives));

        Assert.NotEmpty(staged);
        Assert.All(
            staged,
            file => Assert.Equal(File.ReadAllBytes(Path.Combine(source, Path.GetFileName(file))), File.ReadAllBytes(file)));
    }

    [Fact]
    public void The_CUDA_modules_are_staged_for_the_systems_of_this_build()
    {
        Assert.Equal(
            Repository.CudaSystems.Select(system => $"CodeEmbed.Cuda.{system}").Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Path.Combine(Repository.Root, "out"), "CodeEmbed.Cuda.*")
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal));
        Assert.All(Repository.CudaSystems, system =>
        {
            string stage = Repository.StagedCuda(system);
            (string prefix, string suffix) = system == "Windows" ? ("", ".dll") : ("lib", ".so");
            Assert.Equal(
                [
                    $"CodeEmbed.Cuda.{system}.psd1", "LICENSE", "THIRD-PARTY-NOTICES.txt",
                    .. CudaLibraries.Select(name => $"native/{prefix}{name}{suffix}"),
                ],
                Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(stage, path).Replace('\\', '/'))
                    .Order(StringComparer.Ordinal));
            Assert.Contains(
                $"Microsoft.ML.OnnxRuntime.Gpu.{system} ",
                File.ReadAllText(Path.Combine(stage, "THIRD-PARTY-NOTICES.txt")),
                StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_module_and_its_CUDA_module_have_the_same_ONNX_Runtime()
    {
        Assert.All(Repository.CudaSystems, system =>
        {
            (string platform, string name) = system == "Windows"
                ? ("win-x64", "onnxruntime.dll")
                : ("linux-x64", "libonnxruntime.so");
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(Repository.StagedModule, "engine", "runtimes", platform, "native", name)),
                File.ReadAllBytes(Path.Combine(Repository.StagedCuda(system), "native", name)));
        });
    }

    /// <summary>The native libraries that a program's dependencies name.</summary>
    private static string[] NativesOf(string dependencies)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(dependencies));
        return [..
            from library in document.RootElement.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject()
            where library.Value.TryGetProperty("runtimeTargets", out _)
            from file in library.Value.GetProperty("runtimeTargets").EnumerateObject()
            where file.Value.GetProperty("assetType").ValueEquals("native")
            select file.Name];
    }

    [Fact]
    public void The_bundled_model_includes_its_card() =>
        Assert.True(File.Exists(Path.Combine(Repository.BundledModel, "README.md")));
}
