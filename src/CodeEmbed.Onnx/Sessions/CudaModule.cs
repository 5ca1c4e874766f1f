using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>
///   The PowerShell module with ONNX Runtime for CUDA. The CUDA provider is found only next to ONNX Runtime's own library, so the
///   module includes that library too, and it is then loaded instead of the one that comes with the engine.
/// </summary>
/// <param name="Name">The name of the module for this system.</param>
/// <param name="Folder">
///   The folder of its libraries, if the right version is installed; otherwise <see langword="null"/>.
/// </param>
/// <param name="Problem">Why it cannot be used; <see langword="null"/> if it can.</param>
internal sealed partial record CudaModule(string Name, string? Folder, string? Problem)
{
    private const string NativeFolder = "native";

    private static readonly Lazy<CudaModule?> Found = new(FindForThisMachine);

    /// <summary>The module on this machine; <see langword="null"/> on a platform without CUDA.</summary>
    public static CudaModule? OfThisMachine => Found.Value;

    /// <summary>The file name of ONNX Runtime's own library.</summary>
    public static string RuntimeLibrary => OperatingSystem.IsWindows() ? "onnxruntime.dll" : "libonnxruntime.so";

    private static string ProviderLibrary =>
        OperatingSystem.IsWindows() ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";

    private static string EngineVersion => typeof(CudaModule).Assembly.GetName().Version!.ToString(3);

    /// <summary>The name of the module for a platform, if there is one.</summary>
    public static string? NameFor(string platform) => platform switch
    {
        "linux-x64" => "CodeEmbed.Cuda.Linux",
        "win-x64" => "CodeEmbed.Cuda.Windows",
        _ => null,
    };

    /// <summary>Looks for the module.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="version">The required version, which is the engine's.</param>
    /// <param name="roots">The folders that hold modules, in order of preference.</param>
    public static CudaModule Find(string name, string version, IEnumerable<string> roots)
    {
        string? refused = null;
        foreach ((string folder, string found) in roots.SelectMany(root => Installed(root, name)))
        {
            string natives = Path.Combine(folder, NativeFolder);
            if (found != version)
            {
                refused ??= $"the module {name} in '{folder}' has the version {found}, and CodeEmbed has {version}. "
                    + $"Both must have the same version: {Advice(name, version)}";
            }
            else if (!File.Exists(Path.Combine(natives, RuntimeLibrary)))
            {
                refused ??= $"the module {name} in '{folder}' is not complete: {Advice(name, version)}";
            }
            else
            {
                return new CudaModule(name, natives, Problem: null);
            }
        }

        string problem = refused ?? $"the module {name} {version} is not installed: {Advice(name, version)}";
        return new CudaModule(name, Folder: null, problem);
    }

    /// <summary>
    ///   ONNX Runtime with its provider for CUDA in a folder where the system looks for libraries, if no module has it.
    /// </summary>
    /// <param name="module">The search result for the module, which cannot be used.</param>
    /// <param name="version">The version of ONNX Runtime that is required.</param>
    /// <param name="folders">The folders.</param>
    /// <param name="readVersion">Returns the version of ONNX Runtime's library, if it can be loaded.</param>
    /// <returns>The module with that folder; otherwise the module, with the reasons why libraries are not used.</returns>
    public static CudaModule FindInSystem(
        CudaModule module, string version, IEnumerable<string> folders, Func<string, string?> readVersion)
    {
        string problem = module.Problem!;
        foreach (string folder in folders)
        {
            string library = Path.Combine(folder, RuntimeLibrary);
            if (!File.Exists(library) || !File.Exists(Path.Combine(folder, ProviderLibrary)))
                continue;

            string? found = readVersion(library);
            if (found == version)
                return module with { Folder = folder, Problem = null };

            problem += found is null
                ? $"; '{library}' cannot be loaded"
                : $"; '{library}' is ONNX Runtime {found}, but CodeEmbed needs {version}";
        }

        return module with { Problem = problem };
    }

    /// <summary>The folders in a value of PSModulePath, or of another such variable.</summary>
    /// <remarks>
    ///   Only full paths: the content is loaded as native code, and a relative path would depend on the current folder of the
    ///   session.
    /// </remarks>
    public static string[] FoldersOf(string? modulePath) =>
        [.. modulePath?.Split(Path.PathSeparator, StringSplitOptions.TrimEntries).Where(Path.IsPathFullyQualified) ?? []];

    private static CudaModule? FindForThisMachine()
    {
        string[] roots = [.. FoldersBeside(EngineFolder.Path), .. FoldersOf(Environment.GetEnvironmentVariable("PSModulePath"))];
        if (NameFor(RuntimeInformation.RuntimeIdentifier) is not { } name)
            return null;

        CudaModule module = Find(name, EngineVersion, roots);
        return module.Folder is null
            ? FindInSystem(module, OrtLibrary.NeededVersion, SystemFolders(), OrtLibrary.ReadVersion)
            : module;
    }

    /// <summary>The folders where the system looks for libraries.</summary>
    private static string[] SystemFolders() => OperatingSystem.IsWindows()
        ? FoldersOf(Environment.GetEnvironmentVariable("PATH"))
        : [.. FoldersOf(Environment.GetEnvironmentVariable("LD_LIBRARY_PATH")), "/usr/local/lib", "/usr/lib"];

    private static string Advice(string name, string version) =>
        $"run 'Install-PSResource {name} -Version {version}', or build it from source, and start a new session; "
        + CudaMessage.See;

    /// <summary>
    ///   The folders in a folder of modules that hold the module, each with its version: <c>Name/Version</c>, or <c>Name</c>
    ///   alone.
    /// </summary>
    private static IEnumerable<(string Folder, string Version)> Installed(string root, string name)
    {
        string module = Path.Combine(root, name);
        if (!Directory.Exists(module))
            return [];

        try
        {
            return [.. Directory.GetDirectories(module).OrderDescending(StringComparer.Ordinal).Prepend(module)
                .Select(folder => (folder, Version: ReadVersion(Path.Combine(folder, $"{name}.psd1"))))
                .Where(found => found.Version is not null)
                .Select(found => (found.folder, found.Version!))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that this user may not read has no module for them.
            return [];
        }
    }

    private static string? ReadVersion(string manifest) =>
        File.Exists(manifest) && ModuleVersion().Match(File.ReadAllText(manifest)) is { Success: true } match
            ? match.Groups["version"].Value
            : null;

    /// <summary>The folders that may have this module among others, as <c>CodeEmbed</c> or as <c>CodeEmbed/Version</c>.</summary>
    private static IEnumerable<string> FoldersBeside(string engine)
    {
        DirectoryInfo? folder = Directory.GetParent(engine)?.Parent;
        return new[] { folder?.Parent, folder }.OfType<DirectoryInfo>().Select(parent => parent.FullName);
    }

    [GeneratedRegex(
        @"^\s*ModuleVersion\s*=\s*['""](?<version>[^'""]+)['""]", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ModuleVersion();
}
