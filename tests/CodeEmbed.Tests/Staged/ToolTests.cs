using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The host as a dotnet tool.</summary>
public sealed class ToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_packed_installed_and_run_outside_the_repository_and_offline()
    {
        await SucceedAsync(
            "dotnet",
            "pack",
            Path.Combine(Repository.Root, "src", "CodeEmbed.Host"),
            "-c",
            Repository.Configuration,
            "--no-build",
            "-o",
            _folder.Path,
            "-nodeReuse:false");
        string package = Assert.Single(Directory.GetFiles(_folder.Path, "*.nupkg"));
        Assert.InRange(new FileInfo(package).Length, 1, 160_000_000);

        string sources = _folder.WriteLines(
            "nuget.config",
            """<configuration><packageSources><clear /><add key="here" value="." /></packageSources></configuration>""");
        await SucceedAsync(
            "dotnet", "tool", "install", "CodeEmbed.Tool", "--tool-path", _folder.File("tools"), "--configfile", sources);

        File.Copy(Repository.SampleInput, _folder.File("in.jsonl"));
        await SucceedAsync(
            Path.Combine(_folder.Path, "tools", "codeembed"),
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding out.jsonl");
        Assert.Equal(
            InputFiles.Column(Repository.SampleInput, "id").Select(id => id.GetString()),
            InputFiles.Column(_folder.File("out.jsonl"), "id").Select(id => id.GetString()));
    }

    private async Task SucceedAsync(string program, params string[] arguments)
    {
        (int exitCode, string output, string error) = await ChildProcess.RunAsync(_folder.Path, program, arguments);
        Assert.True(exitCode == 0, output + error);
    }
}
