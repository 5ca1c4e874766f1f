using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>A system that Wasmtime has no library for, such as Alpine Linux: code is split at its blank lines.</summary>
public sealed class SystemWithoutWasmtimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Code_is_cut_as_text_is_and_that_is_told()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right on Windows.");
        await File.WriteAllTextAsync(
            _folder.File("a.py"), "def a():\n    return 1\n\n\ndef b():\n    return 2\n", TestContext.Current.CancellationToken);

        (int exitCode, string output, string error) = await DotnetProcess.RunAsync(
            "exec",
            "--runtimeconfig",
            MakeRuntimeConfig(LinkModule()),
            Repository.HostAssembly,
            $"Get-CodeSnippet -LiteralPath '{_folder.File("a.py")}' -Verbose | ForEach-Object Content");

        Assert.True(exitCode == 0, error);
        Assert.Contains("cannot be parsed, and is split at its blank lines", output, StringComparison.Ordinal);
        Assert.Contains("def b():", output, StringComparison.Ordinal);
    }

    /// <summary>
    ///   The module as links to its files, and its adapter for source files without its libraries: a copy, because .NET looks for
    ///   libraries beside what a link leads to.
    /// </summary>
    private string LinkModule()
    {
        string module = Path.Combine(_folder.Path, "module"), sources = Path.Combine(module, "sources");
        Directory.CreateDirectory(Path.Combine(sources, "Grammars"));
        foreach (string entry in Directory.GetFileSystemEntries(Repository.StagedModule))
        {
            if (Path.GetFileName(entry) != "sources")
                File.CreateSymbolicLink(Path.Combine(module, Path.GetFileName(entry)), entry);
        }

        string original = Path.Combine(Repository.StagedModule, "sources");
        foreach (string file in Directory.EnumerateFiles(original, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(original, file);
            if (!name.StartsWith("runtimes", StringComparison.Ordinal))
                File.Copy(file, Path.Combine(sources, name));
        }

        return Path.Combine(module, "CodeEmbed.psd1");
    }

    /// <summary>What the host is started with, with another module.</summary>
    private string MakeRuntimeConfig(string manifest)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(Repository.HostAssembly, ".runtimeconfig.json")))!;
        config["runtimeOptions"]!["configProperties"]!["CodeEmbed.ModuleManifest"] = manifest;
        string path = _folder.File("host.runtimeconfig.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
