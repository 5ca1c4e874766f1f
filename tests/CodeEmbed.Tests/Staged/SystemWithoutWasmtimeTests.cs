using System.Text.Json.Nodes;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>A system for which Wasmtime has no library, such as Alpine Linux: code is split at blank lines.</summary>
public sealed class SystemWithoutWasmtimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Code_is_split_like_text_and_that_is_reported()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating a link requires a privilege on Windows.");
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
    ///   The module as links to its files, except for the source file adapter, which is copied without its libraries, because
    ///   .NET looks for libraries next to the target of a link.
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

    /// <summary>The files to start the host with another module.</summary>
    private string MakeRuntimeConfig(string manifest)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(Repository.HostAssembly, ".runtimeconfig.json")))!;
        config["runtimeOptions"]!["configProperties"]!["CodeEmbed.ModuleManifest"] = manifest;
        string path = _folder.File("host.runtimeconfig.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
