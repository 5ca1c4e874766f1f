using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The host, as a user starts it.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_main_pipeline_runs_on_the_sample()
    {
        string target = _folder.File("out.jsonl");

        var result = await HostProcess.RunAsync(
            "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding "
            + $"'{target}'");

        int count = File.ReadLines(Repository.SampleInput).Count();
        Assert.Equal((0, string.Empty), (result.ExitCode, result.Output));
        Assert.Matches($"^Wrote {count} embeddings to '{Regex.Escape(target)}' in [0-9.]+ s\\.\r?\n$", result.Error);
        Assert.Equal(count, File.ReadLines(target).Count());
    }

    [Fact]
    public async Task Objects_are_written_to_standard_output()
    {
        var result = await HostProcess.RunAsync("1..3 | ForEach-Object { $_ * 2 }");

        Assert.Equal((0, $"2{Environment.NewLine}4{Environment.NewLine}6{Environment.NewLine}", string.Empty), result);
    }

    [Fact]
    public async Task A_terminating_error_is_one_line_with_its_id_and_exit_code_1()
    {
        var result = await HostProcess.RunAsync("Import-CodeSnippet no-such-file.jsonl");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith(
            "error FileReadError: Cannot read 'no-such-file.jsonl'",
            Assert.Single(Lines(result.Error)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_non_terminating_errors_give_exit_code_2()
    {
        var result = await HostProcess.RunAsync("Get-Command no-such-command; 'it continues'");

        Assert.Equal((2, "it continues"), (result.ExitCode, result.Output.Trim()));
        Assert.StartsWith("error CommandNotFoundException: ", Assert.Single(Lines(result.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_that_the_script_catches_does_not_count()
    {
        var result = await HostProcess.RunAsync(
            "try { Import-CodeSnippet no-such-file.jsonl } catch { $_.FullyQualifiedErrorId.Split(',')[0] }");

        Assert.Equal((0, "FileReadError", string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    // pwsh writes such a record to standard output too, and ends with 0.
    [Theory]
    [InlineData("try { throw 'bad' } catch { $_ }", "bad")]
    [InlineData("try { Get-Item no-such-file -ErrorAction Stop } catch { 'caught' }; $Error[0]", @"^caught\s[\s\S]*no-such-file")]
    [InlineData("Get-Item no-such-file -ErrorAction SilentlyContinue; $Error", "no-such-file")]
    public async Task An_error_that_the_script_writes_as_output_is_output(string text, string expected)
    {
        var result = await HostProcess.RunAsync(text);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Matches(expected, result.Output);
    }

    // pwsh writes such a record to standard error too.
    [Theory]
    [InlineData("Write-Error 'bad' 2>&1")]
    [InlineData("$errors = Write-Error 'bad' 2>&1; $errors")]
    public async Task An_error_that_was_redirected_to_output_is_still_an_error(string text)
    {
        var result = await HostProcess.RunAsync(text);

        Assert.Equal((2, string.Empty), (result.ExitCode, result.Output));
        Assert.EndsWith(": bad", Assert.Single(Lines(result.Error)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("-WarningAction SilentlyContinue", false)]
    [InlineData("-WarningAction Ignore", false)]
    public async Task A_warning_names_the_partial_file_unless_warnings_are_silent(string parameter, bool isNamed)
    {
        string target = _folder.File("out.jsonl");

        var result = await HostProcess.RunAsync(
            $"1..40 | ForEach-Object {{ 'x' }} | ConvertTo-CodeEmbedding codeembed-mini -BatchSize 1 | "
            + $"Export-CodeEmbedding '{target}' -PassThru {parameter} | Select-Object -First 1 | Out-Null");

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Equal(isNamed, result.Output.Contains($"'{target}.partial'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_script_file_receives_its_arguments()
    {
        string script = _folder.WriteLines(
            "script.ps1", "param([string]$Name, [switch]$Loud, $Rest)", "\"$Name $Loud $Rest\"", "exit 7");

        var result = await HostProcess.RunAsync("-File", script, "-Name", "a b", "-Loud", "last");

        Assert.Equal((7, "a b True last", string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Theory]
    [InlineData("3, 1, 2 | Select-Object -First 2 | Measure-Object -Sum | ForEach-Object Sum", "4")]
    [InlineData(
        "Get-Content samples/snippets.jsonl -TotalCount 1 | ConvertFrom-Json | ForEach-Object { $_.content.GetType().Name }",
        "String")]
    [InlineData(
        "[pscustomobject]@{ Name = 'a'; Value = 1 } | Format-Table Name, Value | Out-String | ForEach-Object { ($_.Trim() -split "
        + "'\\s+')[0, 1, 4, 5] -join '.' }",
        "Name.Value.a.1")]
    [InlineData("1..3 | ForEach-Object -Parallel { $_ } | Sort-Object -Descending | Join-String -Separator ','", "3,2,1")]
    public async Task The_cmdlets_of_PowerShells_own_modules_are_available(string text, string expected)
    {
        var result = await HostProcess.RunAsync(text);

        Assert.Equal((0, expected, string.Empty), (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Fact]
    public async Task A_table_in_a_file_has_no_colours_and_no_truncated_columns()
    {
        var result = await HostProcess.RunAsync(
            "Write-Warning 'careful'; [pscustomobject]@{ Name = 'n' * 30; Value = 'v' * 30 } | Format-Table");

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.Contains("WARNING: careful", Lines(result.Output));
        Assert.Contains($"{new string('n', 30)} {new string('v', 30)}", Lines(result.Output));
    }

    [Fact]
    public async Task Every_parser_error_is_a_line_with_its_position()
    {
        string script = _folder.WriteLines("script.ps1", "'never printed'", "if ( {} }} ]");

        var result = await HostProcess.RunAsync("-File", script);

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.All(Lines(result.Error), line => Assert.Matches(@"^error \w+: .* \(line 2\)$", line));
        Assert.StartsWith("error MissingEndParenthesisAfterStatement: ", Lines(result.Error)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_recommended_action_of_an_error_is_on_its_line()
    {
        var result = await HostProcess.RunAsync("Write-Error 'It broke.' -ErrorId Broken -RecommendedAction 'Buy a new one.'");

        Assert.Equal((2, $"error Broken: It broke. Buy a new one.{Environment.NewLine}"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-Version")]
    [InlineData("-VERSION")]
    public async Task The_version_is_that_of_the_modules_manifest(string option)
    {
        string version = Path.GetFileName(Repository.StagedModule);

        Assert.Equal((0, $"codeembed {version}{Environment.NewLine}", string.Empty), await HostProcess.RunAsync([option]));
    }

    [Fact]
    public async Task The_help_names_the_option_for_the_version()
    {
        Assert.Contains("codeembed -Version ", (await HostProcess.RunAsync(["-Help"])).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throw 'bad'", 1)]
    [InlineData("Write-Error 'bad'; exit 0", 0)]
    [InlineData("Write-Error 'bad'; exit 1", 1)]
    [InlineData("'a' | Out-Default; exit 9", 9)]
    [InlineData("Get-Item no-such-file -ErrorAction SilentlyContinue", 0)]
    public async Task The_exit_code_shows_how_the_script_ended(string text, int exitCode)
    {
        Assert.Equal(exitCode, (await HostProcess.RunAsync(text)).ExitCode);
    }

    [Theory]
    [InlineData("-NoSuchOption")]
    [InlineData("'one'", "'two'")]
    [InlineData("")]
    [InlineData("-File")]
    [InlineData("-File", "no-such-script.ps1")]
    public async Task Wrong_usage_is_one_line_and_exit_code_64(params string[] arguments)
    {
        var result = await HostProcess.RunAsync(arguments);

        Assert.Equal((64, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith("codeembed: ", Assert.Single(Lines(result.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Importing_the_module_loads_neither_the_engine_nor_a_model()
    {
        var result = await HostProcess.RunAsync(
            "[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -cmatch "
            + "'^(CodeEmbed|Microsoft\\.ML|Google)' } | ForEach-Object { $_.GetName().Name }");

        Assert.Equal(["CodeEmbed.Core", "CodeEmbed.PowerShell"], Lines(result.Output).Order());
    }

    [Fact]
    public async Task The_modules_types_are_available_right_after_the_import()
    {
        var result = await HostProcess.RunAsync("[CodeEmbed.CodeSnippet].Assembly.Location");

        Assert.Equal(
            (0, Path.Combine(Repository.StagedModule, "CodeEmbed.Core.dll"), string.Empty),
            (result.ExitCode, result.Output.Trim(), result.Error));
    }

    [Fact]
    public async Task The_engine_and_its_packages_stay_out_of_the_default_load_context()
    {
        var result = await HostProcess.RunAsync(
            "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | Out-Null; "
            + "[System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | Where-Object { $_.GetName().Name -match "
            + "'^(CodeEmbed\\.Onnx|Microsoft\\.ML|Google)' } | ForEach-Object { $_.GetName().Name }");

        Assert.Equal((0, string.Empty, string.Empty), result);
    }

    [Fact]
    public async Task Standard_input_and_output_are_UTF8_on_every_system()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.HostAssembly, "$input | ForEach-Object { \"$_ $($_.Length)\" }"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        await using (Stream input = process.StandardInput.BaseStream)
            await input.WriteAsync("é\r\nß→\n"u8.ToArray(), TestContext.Current.CancellationToken);

        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["é 1", "ß→ 2"], Lines(output));
    }

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
