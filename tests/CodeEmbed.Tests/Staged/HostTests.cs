using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The host, as a user starts it.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_main_line_runs_on_the_sample()
    {
        string target = _folder.File("out.jsonl");

        var result = await HostProcess.RunAsync(
            $"Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding '{target}'");

        Assert.Equal((0, string.Empty, string.Empty), result);
        Assert.Equal(File.ReadLines(Repository.SampleInput).Count(), File.ReadLines(target).Count());
    }

    [Fact]
    public async Task Objects_go_to_standard_output()
    {
        var result = await HostProcess.RunAsync("1..3 | ForEach-Object { $_ * 2 }");

        Assert.Equal((0, $"2{Environment.NewLine}4{Environment.NewLine}6{Environment.NewLine}", string.Empty), result);
    }

    [Fact]
    public async Task A_terminating_error_is_one_line_with_its_id_and_exit_code_1()
    {
        var result = await HostProcess.RunAsync("Import-CodeSnippet no-such-file.jsonl");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith("error FileReadError: Cannot read 'no-such-file.jsonl'", Assert.Single(Lines(result.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_non_terminating_errors_give_exit_code_2()
    {
        var result = await HostProcess.RunAsync("Get-Command no-such-command; 'on it goes'");

        Assert.Equal((2, "on it goes"), (result.ExitCode, result.Output.Trim()));
        Assert.StartsWith("error CommandNotFoundException: ", Assert.Single(Lines(result.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_that_the_script_catches_does_not_count()
    {
        var result = await HostProcess.RunAsync("try { Import-CodeSnippet no-such-file.jsonl } catch { $_.FullyQualifiedErrorId.Split(',')[0] }");

        Assert.Equal((0, "FileReadError", string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Fact]
    public async Task A_script_file_gets_its_arguments()
    {
        string script = _folder.WriteLines("script.ps1", "param([string]$Name, [switch]$Loud, $Rest)", "\"$Name $Loud $Rest\"", "exit 7");

        var result = await HostProcess.RunAsync("-File", script, "-Name", "a b", "-Loud", "last");

        Assert.Equal((7, "a b True last", string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Fact]
    public async Task Importing_the_module_loads_neither_the_engine_nor_a_model()
    {
        var result = await HostProcess.RunAsync(
            "[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -cmatch '^(CodeEmbed|Microsoft\\.ML|Google)' } | ForEach-Object { $_.GetName().Name }");

        Assert.Equal(["CodeEmbed.Core", "CodeEmbed.PowerShell"], Lines(result.Output).Order());
    }

    [Fact]
    public async Task The_modules_types_are_there_right_after_the_import()
    {
        var result = await HostProcess.RunAsync("[CodeEmbed.CodeSnippet].Assembly.Location");

        Assert.Equal((0, Path.Combine(Repository.StagedModule, "CodeEmbed.Core.dll"), string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Fact]
    public async Task The_engine_and_its_packages_stay_out_of_the_default_load_context()
    {
        var result = await HostProcess.RunAsync(
            "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Out-Null; "
            + "[System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | Where-Object { $_.GetName().Name -match '^(CodeEmbed\\.Onnx|Microsoft\\.ML|Google)' } | ForEach-Object { $_.GetName().Name }");

        Assert.Equal((0, string.Empty, string.Empty), result);
    }

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
