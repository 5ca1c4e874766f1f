using System.Globalization;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>200 starts and stops in one process leave no thread and no memory behind.</summary>
[Collection(Alone.Name)]
public sealed class LeakTests
{
    /// <summary>
    ///   Less than 200 times the smallest part of the small model, and more than the runtime's own variation.
    /// </summary>
    private const long LargestGrowth = 16 * 1024 * 1024;

    // The first 400 runs let the runtime warm up: compile code and grow its pools. Each run loads its own model, because its
    // maximum length differs. Half of them are stopped from outside, at moments spread over loading and embedding; the others are
    // stopped from inside at their first embedding.
    private const string Script = """
        param($Manifest, $Model)
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        function Measure-Process {
            [GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::Collect()
            [System.Threading.Thread]::Sleep(300)
            $process.Refresh()
            "$($process.Threads.Count) $($process.WorkingSet64)"
        }
        $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $runspace.Open()
        $import = [powershell]::Create()
        $import.Runspace = $runspace
        $null = $import.AddCommand('Import-Module').AddParameter('Name', $Manifest).Invoke()
        $import.Dispose()
        $snippet = "[CodeEmbed.CodeSnippet]@{ Id = 'a'; FilePath = ''; Language = ''; Content = ' x' * 300 }"
        $endless = "& { while (`$true) { $snippet } }"
        foreach ($run in 1..600) {
            $line = "$endless | ConvertTo-CodeEmbedding -Model '$Model' -BatchSize 4 -MaxLength $(100 + $run % 200)"
            if ($run % 2) {
                $line = ":once foreach (`$i in 1) { $line | ForEach-Object { break once } }"
            }

            $shell = [powershell]::Create()
            $shell.Runspace = $runspace
            $handle = $shell.AddScript($line).BeginInvoke()
            if ($run % 2) {
                $null = $shell.EndInvoke($handle)
            }
            else {
                [System.Threading.Thread]::Sleep(($run % 20) * 5)
                $shell.Stop()
            }

            if ($shell.Streams.Error.Count) { $shell.Streams.Error[0] }
            $shell.Dispose()
            if ($run -in 400, 600) { Measure-Process }
        }
        """;

    [Fact]
    public async Task Two_hundred_starts_and_stops_leave_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        string script = folder.WriteLines("leaks.ps1", Script);

        var result = await HostProcess.RunAsync("-File", script, Repository.StagedManifest, Repository.Fixture("tiny-roberta"));

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        long[][] measured = [.. result.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(2, measured.Length);
        (long threads, long bytes) = (measured[1][0] - measured[0][0], measured[1][1] - measured[0][1]);
        Assert.InRange(threads, int.MinValue, 2);
        Assert.InRange(bytes, long.MinValue, LargestGrowth);
    }
}
