using System.Diagnostics;
using CodeEmbed.Hub;
using CodeEmbed.Hub.Cache;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A process that fetches the same model at the same time waits, and then finds it in the cache.</summary>
public sealed class TwoProcessesTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task Two_processes_fetch_one_file_and_both_get_the_correct_content()
    {
        // Neither receives a file before both have requested the listing.
        using var both = new CountdownEvent(2);
        _hub.Server.Change = (request, answer) =>
        {
            if (request.Target.Contains("/tree/", StringComparison.Ordinal))
            {
                both.Signal();
                Assert.True(both.Wait(HangLimit.Value));
            }

            return answer;
        };

        (int ExitCode, string Output, string Error)[] results = await Task.WhenAll(
            HubProcess.FetchAsync(_hub.Options, HubSetting.ModelName), HubProcess.FetchAsync(_hub.Options, HubSetting.ModelName));

        Assert.All(
            results, result => Assert.Equal((0, _hub.Snapshot, ""), (result.ExitCode, result.Output.Trim(), result.Error)));
        Assert.Equal([0], _hub.AskedFrom());
        AssertRight();
    }

    [Fact]
    public async Task Many_clients_fetch_one_file_and_all_get_the_correct_content()
    {
        HubSnapshot[] snapshots = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _hub.FetchAsync())));

        Assert.All(snapshots, snapshot => Assert.Equal(_hub.Snapshot, snapshot.Folder));
        Assert.Equal([0], _hub.AskedFrom());
        AssertRight();
    }

    [Fact]
    public async Task A_killed_process_leaves_its_partial_file_and_no_lock()
    {
        var stalled = new TaskCompletionSource();
        _hub.Server.Change = (request, answer) =>
        {
            if (!request.IsStorage)
                return answer;

            stalled.TrySetResult();
            return answer with { StallAfter = 100_000 };
        };
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [Repository.HostAssembly, HubProcess.FetchText(_hub.Options, HubSetting.ModelName)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await stalled.Task.WaitAsync(HangLimit.Value, TestContext.Current.CancellationToken);
        while (!(new FileInfo(_hub.WeightsBlob + ".incomplete") is { Exists: true, Length: 100_000 }))
            await Task.Delay(20, TestContext.Current.CancellationToken);

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _hub.Server.Requests.Clear();
        _hub.Server.Change = (_, answer) => answer;
        await _hub.FetchAsync();

        Assert.Equal([100_000], _hub.AskedFrom());
        AssertRight();
    }

    // Python's filelock uses the same lock as flock(1).
    [Fact]
    public async Task A_lock_that_another_program_holds_with_flock_is_waited_for()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock is not installed.");
        string path = _hub.File("x.lock"), mark = _hub.File("held");
        using var process = Process.Start("/usr/bin/flock", [path, "sh", "-c", $"touch '{mark}'; sleep 0.7"]);
        while (!File.Exists(mark))
            await Task.Delay(10, TestContext.Current.CancellationToken);

        var watch = Stopwatch.StartNew();
        using (await BlobLock.AcquireAsync(path, TestContext.Current.CancellationToken))
        {
            Promptness.Check(watch.Elapsed, least: TimeSpan.FromSeconds(0.3), most: TimeSpan.FromSeconds(5));
            using var other = Process.Start("/usr/bin/flock", ["--nonblock", path, "true"]);
            await other.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, other.ExitCode);
        }

        using var free = Process.Start("/usr/bin/flock", ["--nonblock", path, "true"]);
        await free.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, free.ExitCode);
    }

    private void AssertRight()
    {
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "pytorch_model.bin")));
        Assert.DoesNotContain(
            Directory.GetFiles(_hub.ModelFolder, "*", SearchOption.AllDirectories),
            path => path.EndsWith(".incomplete", StringComparison.Ordinal) || path.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
