using System.Runtime.InteropServices;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   The module with ONNX Runtime for CUDA is found in the module folders, and only if it has the engine's version.
/// </summary>
public sealed class CudaModuleTests : IDisposable
{
    private const string Name = "CodeEmbed.Cuda.Linux";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("linux-x64", "CodeEmbed.Cuda.Linux")]
    [InlineData("win-x64", "CodeEmbed.Cuda.Windows")]
    [InlineData("linux-arm64", null)]
    [InlineData("osx-arm64", null)]
    [InlineData("win-arm64", null)]
    public void There_is_a_module_for_each_platform_that_CUDA_supports(string platform, string? name) =>
        Assert.Equal(name, CudaModule.NameFor(platform));

    [Theory]
    [InlineData("Modules/CodeEmbed.Cuda.Linux/1.2.3", '\'')]
    [InlineData("Modules/CodeEmbed.Cuda.Linux", '\'')]
    [InlineData("Modules/CodeEmbed.Cuda.Linux/1.2.3", '"')]
    public void A_module_with_the_same_version_is_used(string path, char quote)
    {
        string module = Install(path, "1.2.3", quote);

        CudaModule found = Find();

        Assert.Equal((Path.Combine(module, "native"), null), (found.Folder, found.Problem));
    }

    [Fact]
    public void A_missing_module_is_reported_with_how_to_install_it()
    {
        CudaModule found = Find();

        Assert.Null(found.Folder);
        Assert.StartsWith(
            $"the module {Name} 1.2.3 is not installed: run 'Install-PSResource {Name} -Version 1.2.3'",
            found.Problem,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.4")]
    [InlineData("1.2.30")]
    [InlineData("0.9.0")]
    public void A_module_with_another_version_is_refused_with_both_versions(string version)
    {
        string module = Install($"Modules/{Name}/{version}", version);

        CudaModule found = Find();

        Assert.Null(found.Folder);
        Assert.StartsWith(
            $"the module {Name} in '{module}' has the version {version}, and CodeEmbed has 1.2.3.",
            found.Problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_version_is_found_next_to_others_and_in_a_later_folder()
    {
        Install($"Modules/{Name}/9.0.0", "9.0.0");
        string module = Install($"More/{Name}/1.2.3", "1.2.3");

        CudaModule found = Find();

        Assert.Equal((Path.Combine(module, "native"), null), (found.Folder, found.Problem));
    }

    [Fact]
    public void The_version_comes_from_the_manifest_and_not_from_the_folder_name()
    {
        Install($"Modules/{Name}/1.2.3", "9.0.0");

        Assert.Contains("has the version 9.0.0", Find().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_without_its_libraries_is_refused()
    {
        string module = Install($"Modules/{Name}/1.2.3", "1.2.3");
        Directory.Delete(Path.Combine(module, "native"), recursive: true);

        Assert.StartsWith($"the module {Name} in '{module}' is not complete", Find().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_folders_and_files_instead_of_folders_are_not_an_error()
    {
        Directory.CreateDirectory(_folder.File("Modules"));
        _folder.WriteLines($"Modules/{Name}", "a file");

        Assert.Null(Find().Folder);
    }

    [Fact]
    public void Only_absolute_paths_in_PSModulePath_are_searched()
    {
        string first = _folder.File("Modules"), second = _folder.File("More");
        string value = string.Join(Path.PathSeparator, "Modules", first, ".", string.Empty, $" {second} ");

        Assert.Equal([first, second], CudaModule.FoldersOf(value));
        Assert.Empty(CudaModule.FoldersOf(null));
    }

    [Fact]
    public void Without_a_module_the_system_libraries_are_used()
    {
        string folder = InstallInSystem("lib", withProvider: true);

        CudaModule found = CudaModule.FindInSystem(Find(), "1.31.0", [_folder.File("none"), folder], _ => "1.31.0");

        Assert.Equal((folder, null), (found.Folder, found.Problem));
    }

    [Fact]
    public void System_libraries_without_the_CUDA_provider_are_not_used()
    {
        string folder = InstallInSystem("lib", withProvider: false);

        Assert.Equal(Find(), CudaModule.FindInSystem(Find(), "1.31.0", [folder], _ => "1.31.0"));
    }

    [Theory]
    [InlineData("1.22.0", "' is ONNX Runtime 1.22.0, but CodeEmbed needs 1.31.0")]
    [InlineData(null, "' cannot be loaded")]
    public void Incompatible_system_libraries_are_named(string? version, string expected)
    {
        string folder = InstallInSystem("lib", withProvider: true);

        CudaModule found = CudaModule.FindInSystem(Find(), "1.31.0", [folder], _ => version);

        Assert.Null(found.Folder);
        Assert.StartsWith($"the module {Name} 1.2.3 is not installed", found.Problem, StringComparison.Ordinal);
        Assert.EndsWith(expected, found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_engines_library_has_the_required_version()
    {
        string library = Path.Combine(
            AppContext.BaseDirectory,
            "runtimes",
            RuntimeInformation.RuntimeIdentifier,
            "native",
            CudaModule.RuntimeLibrary);
        Assert.SkipUnless(File.Exists(library), "This platform's library is elsewhere.");

        Assert.Equal(OrtLibrary.NeededVersion, OrtLibrary.ReadVersion(library));
        Assert.Null(OrtLibrary.ReadVersion(_folder.WriteLines("library", "no library")));
    }

    private string InstallInSystem(string name, bool withProvider)
    {
        string folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        _folder.WriteLines($"{name}/{CudaModule.RuntimeLibrary}", "a library");
        string prefix = OperatingSystem.IsWindows() ? string.Empty : "lib";
        if (withProvider)
        {
            _folder.WriteLines(
                $"{name}/{prefix}onnxruntime_providers_cuda{Path.GetExtension(CudaModule.RuntimeLibrary)}", "a provider");
        }

        return folder;
    }

    private CudaModule Find() =>
        CudaModule.Find(Name, "1.2.3", [_folder.File("Modules"), _folder.File("none"), _folder.File("More")]);

    private string Install(string path, string version, char quote = '\'')
    {
        Directory.CreateDirectory(_folder.File($"{path}/native"));
        _folder.WriteLines(
            $"{path}/{Name}.psd1",
            "@{",
            "    # ModuleVersion = '0.0.1'",
            $"    ModuleVersion        = {quote}{version}{quote}",
            "}");
        _folder.WriteLines($"{path}/native/{CudaModule.RuntimeLibrary}", "a library");
        return Path.GetFullPath(_folder.File(path));
    }
}
