using System.Diagnostics;
using CodeEmbed.Files;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   A full disk is an error that says so. The disk is a small one in memory, which only the fetching process sees.
/// </summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_file_without_enough_space_is_not_started()
    {
        string error = await FetchOntoAsync("size=256k");

        Assert.Contains(
            "there is not enough space on the disk: 1 MB are needed and 1 MB are free", error, StringComparison.Ordinal);
        Assert.Empty(_hub.AskedFrom());
    }

    [Fact]
    public async Task A_full_disk_is_named()
    {
        // Space for the content, but for only a few files.
        string error = await FetchOntoAsync("size=4m,nr_inodes=9");

        Assert.Contains($"the disk of '{_hub.Options.CacheFolder}' is full", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_systems_error_for_a_full_disk_is_recognized()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        Assert.True(FileError.SaysDiskFull(Assert.ThrowsAny<IOException>(() => stream.Write([1]))));
    }

    private async Task<string> FetchOntoAsync(string mountOptions)
    {
        Directory.CreateDirectory(_hub.Options.CacheFolder);
        string mount = $"mount -t tmpfs -o {mountOptions} tmpfs '{_hub.Options.CacheFolder}'";
        Assert.SkipUnless(
            File.Exists("/usr/bin/unshare") && (await RunAsync(mount)).ExitCode == 0, "No disk can be mounted on this machine.");

        (int exitCode, string error) = await RunAsync(
            $"{mount} && exec dotnet \"$0\" \"$1\"",
            Repository.HostAssembly,
            HubProcess.FetchText(_hub.Options, HubSetting.ModelName));

        Assert.Equal(1, exitCode);
        return error;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string text, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/unshare", ["-rm", "sh", "-c", text, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
