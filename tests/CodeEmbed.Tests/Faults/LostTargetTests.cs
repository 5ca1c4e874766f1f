using System.Diagnostics;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>Targets that cannot be written, or that disappear before they are written.</summary>
public sealed class LostTargetTests : IDisposable
{
    private const string Before = "before";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public LostTargetTests()
    {
        _folder.WriteRecords(8);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Append")]
    public async Task A_read_only_disk_is_a_write_error(string arguments)
    {
        using var disk = new SmallDisk();

        string output = await disk.RunAsync(
            "1m", $"mount -o remount,ro \"$disk\"; run \"{HostLine("$disk/out.jsonl " + arguments)}\"; keep after");

        Assert.StartsWith($"error FileWriteError: Cannot write '{disk.Path}/out.jsonl': ", output, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(Path.Combine(disk.Copies("after"), "out.jsonl")));
    }

    [Fact]
    public async Task A_disk_that_is_unmounted_during_the_run_is_a_write_error()
    {
        using var disk = new SmallDisk();

        string output = await disk.RunAsync(
            "1m",
            $"run \"{HostLine("$disk/out.jsonl", "| ForEach-Object { if (\\$_.Id -eq '5') { umount -l '$disk' }; \\$_ }")}\"");

        Assert.StartsWith($"error FileWriteError: Cannot write '{disk.Path}/out.jsonl': ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_deleted_during_the_run_is_a_write_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete a folder with an open file in it.");
        Directory.CreateDirectory(_folder.File("there"));

        SessionResult result = Run(
            "there/out.jsonl",
            "| ForEach-Object { if ($_.Id -eq '5') { [IO.Directory]::Delete($Folder, $true) }; $_ }",
            ("Folder", _folder.File("there")));

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.StartsWith(
            $"Cannot write '{_folder.File("there/out.jsonl")}': ", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("there")));
    }

    [Fact]
    public void A_missing_folder_is_a_write_error()
    {
        SessionResult result = Run("no/such/out.jsonl");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.StartsWith(
            $"Cannot write '{_folder.File("no/such/out.jsonl")}': ", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("no")));
    }

    [Fact]
    public void A_folder_without_write_permission_is_a_write_error()
    {
        Assert.SkipWhen(
            OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess,
            "Root may write to any folder, and Windows has no Unix file modes.");
        string folder = Directory.CreateDirectory(_folder.File("locked")).FullName, target = Path.Combine(folder, "out.jsonl");
        File.WriteAllText(target, Before);
        SetMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            SessionResult result = Run("locked/out.jsonl");

            Assert.Equal("FileWriteError", result.TerminatingId);
            Assert.Contains(target, result.TerminatingMessage, StringComparison.Ordinal);
            Assert.Equal(Before, File.ReadAllText(target));
        }
        finally
        {
            SetMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("out.jsonl.partial", "out.jsonl", "")]
    [InlineData("out.jsonl", "out.jsonl", "-Append")]
    public async Task A_file_that_another_process_locks_is_a_write_error(string held, string target, string arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock is not installed.");
        File.WriteAllText(_folder.File("out.jsonl"), Before);
        string[] flock = [_folder.File(held), "sh", "-c", "echo held; cat"];
        using Process holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", flock)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        SessionResult result = Run($"{target} {arguments}");
        holder.StandardInput.Close();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.StartsWith($"Cannot write '{_folder.File(target)}': ", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(Before, File.ReadAllText(_folder.File("out.jsonl")));
    }

    private static void SetMode(string folder, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, mode);
    }

    private SessionResult Run(string target, string between = "", params (string Name, object? Value)[] variables) =>
        _session.Run(
        $"Import-CodeSnippet in.jsonl {between} | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 | Export-CodeEmbedding "
        + $"{target}",
        [("Model", Repository.Fixture("tiny-roberta")), .. variables]);

    private string HostLine(string target, string between = "") =>
        $"Import-CodeSnippet '{_folder.File("in.jsonl")}' {between} | ConvertTo-CodeEmbedding -Model "
        + $"'{Repository.Fixture("tiny-roberta")}' -BatchSize 1 | Export-CodeEmbedding {target}";
}
