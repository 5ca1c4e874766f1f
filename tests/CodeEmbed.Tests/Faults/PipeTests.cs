using System.Diagnostics;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>Pipes whose other end is closed.</summary>
public sealed class PipeTests : IDisposable
{
    private const string Bash = "/usr/bin/bash", MakeFifo = "/usr/bin/mkfifo", Zstd = "/usr/bin/zstd";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("& { while ($true) { 'x = 1' } }")]
    [InlineData("while ($true) { Write-Host 'x = 1' }")]
    [InlineData(
        "& { while ($true) { 'x = 1' } } | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 1 | "
        + "ForEach-Object Fingerprint")]
    public async Task A_host_whose_output_is_no_longer_read_exits_quietly(string endless)
    {
        Assert.SkipUnless(File.Exists(Bash), "bash is not installed.");

        var result = await ChildProcess.RunAsync(
            _folder.Path,
            Bash,
            "-c",
            "dotnet \"$0\" \"$1\" | head -n 1 | wc -l; echo ${PIPESTATUS[0]}",
            Repository.HostAssembly,
            endless);

        Assert.Equal(("1\n141\n", string.Empty), (result.Output, result.Error));
    }

    [Fact]
    public async Task A_file_that_was_written_until_then_can_be_continued()
    {
        Assert.SkipUnless(File.Exists(Bash), "bash is not installed.");
        string input = _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 2000).Select(id => InputFiles.Record($"{id}"))]);
        string line = $"Import-CodeSnippet '{input}' | ConvertTo-CodeEmbedding -Model '{Repository.Fixture("tiny-roberta")}' "
            + $"-BatchSize 1 | Export-CodeEmbedding '{_folder.File("out.jsonl")}'";

        var result = await ChildProcess.RunAsync(
            _folder.Path,
            Bash,
            "-c",
            "dotnet \"$0\" \"$1\" | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}",
            Repository.HostAssembly,
            line + " -PassThru | ForEach-Object Fingerprint");
        int kept = File.ReadLines(_folder.File("out.jsonl.partial")).Count();
        using var session = new ModuleSession(_folder.Path);
        SessionResult resumed = session.Run(
            line.Replace(" -BatchSize", " -Verbose -BatchSize", StringComparison.Ordinal) + " -Resume");

        Assert.Equal(("141\n", string.Empty), (result.Output, result.Error));
        Assert.InRange(kept, 1, 1999);
        Assert.Contains($"Kept from the interrupted run: {kept} embeddings.", resumed.Verbose);
        Assert.Equal(2000, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Theory]
    [InlineData("in.jsonl", "cat", "")]
    [InlineData("in.jsonl.gz", "gzip -c", "damaged or cut short")]
    [InlineData("in.jsonl.zst", "zstd -q -c", "damaged or cut short")]
    public async Task A_writer_that_dies_in_the_middle_of_a_line_is_an_error_with_the_line(
        string fifo, string compress, string problem)
    {
        Assert.SkipUnless(File.Exists(MakeFifo) && File.Exists(Bash), "mkfifo is not installed.");
        Assert.SkipUnless(!compress.StartsWith("zstd", StringComparison.Ordinal) || File.Exists(Zstd), "zstd is not installed.");
        _folder.WriteRecords(5);
        await ChildProcess.RunAsync(_folder.Path, MakeFifo, "fifo-" + fifo);
        string command = $"{compress} in.jsonl | head -c -20 > fifo-{fifo}";
        using Process writer =
            Process.Start(new ProcessStartInfo(Bash, ["-c", command]) { WorkingDirectory = _folder.Path })!;
        using var session = new ModuleSession(_folder.Path);

        SessionResult result = session.Run($"Import-CodeSnippet fifo-{fifo} | ForEach-Object Id");
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.Contains(
            $"fifo-{fifo}:{(problem.Length == 0 ? 5 : result.Output.Count + 1)}",
            result.TerminatingMessage,
            StringComparison.Ordinal);
        Assert.Contains(problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.True(problem.Length > 0 || result.Output.Count == 4);
    }

    [Fact]
    public async Task A_second_run_to_the_same_target_in_another_process_is_refused_and_the_first_is_unaffected()
    {
        Assert.SkipUnless(File.Exists(MakeFifo), "mkfifo is not installed.");
        string input = _folder.WriteRecords(5);
        string fifo = _folder.File("fifo"), target = _folder.File("out.jsonl");
        await ChildProcess.RunAsync(_folder.Path, MakeFifo, fifo);
        Task<(int ExitCode, string Output, string Error)> first = HostProcess.RunAsync(Line(fifo, target));
        while (!File.Exists(target + ".partial"))
            await Task.Delay(20, TestContext.Current.CancellationToken);

        using var session = new ModuleSession(_folder.Path);
        string?[] second = [Refused(""), Refused("-Force"), Refused("-Resume")];
        await File.WriteAllBytesAsync(
            fifo,
            await File.ReadAllBytesAsync(input, TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        Assert.Equal((0, string.Empty), ((await first).ExitCode, (await first).Output));
        Assert.StartsWith("Wrote 5 embeddings to ", (await first).Error, StringComparison.Ordinal);
        Assert.Equal(["FileWriteError", "FileWriteError", "FileWriteError"], second);
        Assert.Equal(["1", "2", "3", "4", "5"], InputFiles.Column(target, "id").Select(id => id.GetString()!));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial*"));

        string? Refused(string argument) => session.Run($"{Line(input, target)} {argument}").TerminatingId;
    }

    private static string Line(string input, string target) =>
        $"Import-CodeSnippet '{input}' | ConvertTo-CodeEmbedding -Model '{Repository.Fixture("tiny-roberta")}' | "
        + $"Export-CodeEmbedding '{target}'";
}
