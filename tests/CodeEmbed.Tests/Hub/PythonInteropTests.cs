using System.Diagnostics;
using CodeEmbed.Hub;
using CodeEmbed.Hub.Cache;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   One cache shared with Hugging Face's own huggingface_hub. If python3 does not have it, these tests are skipped, and
///   <see cref="HubCacheTests"/> and <see cref="FetchTests"/> check the layout that it documents.
/// </summary>
public sealed class PythonInteropTests : IDisposable
{
    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_model_fetched_by_Python_is_used_without_any_network_call()
    {
        string folder = await RunAsync("""
            from huggingface_hub import snapshot_download
            print(snapshot_download("microsoft/codebert-base"))
            """);
        _hub.Server.Dispose();

        Assert.Equal(new HubSnapshot(folder, HubSetting.Commit), await _hub.FetchAsync());
        Assert.Equal([["main"]], new HubCache(_hub.Options.CacheFolder).List().Select(revision => revision.Revisions));
    }

    [Fact]
    public async Task A_model_partly_fetched_by_Python_is_completed()
    {
        await RunAsync("""
            from huggingface_hub import hf_hub_download
            print(hf_hub_download("microsoft/codebert-base", "pytorch_model.bin"))
            """);
        Assert.Null(new HubCache(_hub.Options.CacheFolder).FindSnapshot(_hub.Id));
        _hub.Server.Requests.Clear();

        await _hub.FetchAsync();

        Assert.Empty(_hub.AskedFrom());
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "pytorch_model.bin")));
    }

    [Fact]
    public async Task Python_uses_a_fetched_model_offline()
    {
        await _hub.FetchAsync();
        _hub.Server.Dispose();

        string printed = await RunAsync("""
            import huggingface_hub as hub
            from huggingface_hub import constants
            constants.HF_HUB_OFFLINE = True
            model = "microsoft/codebert-base"
            for name in ["config.json", "vocab.json", "merges.txt", "pytorch_model.bin"]:
                assert open(hub.hf_hub_download(model, name), "rb").read()
            assert hub.try_to_load_from_cache(model, "tokenizer.json") is hub._CACHED_NO_EXIST
            cache = hub.scan_cache_dir()
            assert not cache.warnings, cache.warnings
            print([
                (repo.repo_id, revision.commit_hash, sorted(revision.refs), revision.nb_files)
                for repo in cache.repos for revision in repo.revisions])
            """);

        Assert.Equal($"[('microsoft/codebert-base', '{HubSetting.Commit}', ['main'], 6)]", printed);
    }

    [Fact]
    public async Task Pythons_lock_is_waited_for_and_Python_waits_for_ours()
    {
        string path = _hub.File("x.lock"), mark = _hub.File("held");
        Task<string> python = RunAsync($"""
            import os, time
            from huggingface_hub.utils import WeakFileLock
            with WeakFileLock("{path}"):
                open("{mark}", "w").close()
                time.sleep(0.7)
            while os.path.exists("{mark}"):
                time.sleep(0.01)
            start = time.time()
            with WeakFileLock("{path}"):
                print(time.time() - start > 0.3)
            """);
        while (!File.Exists(mark))
        {
            if (python.IsCompleted)
                await python;

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        var watch = Stopwatch.StartNew();
        using (await BlobLock.AcquireAsync(path, TestContext.Current.CancellationToken))
        {
            Promptness.Check(watch.Elapsed, least: TimeSpan.FromSeconds(0.3), most: TimeSpan.FromSeconds(5));
            File.Delete(mark);
            await Task.Delay(600, TestContext.Current.CancellationToken);
        }

        Assert.Equal("True", await python);
    }

    private async Task<string> RunAsync(string text)
    {
        (int exitCode, string output, string error) = await RunPythonAsync("import huggingface_hub");
        Assert.SkipUnless(exitCode == 0, "python3 with huggingface_hub is not installed.");
        (exitCode, output, error) = await RunPythonAsync(text);
        Assert.True(exitCode == 0, error);
        return output.Trim();
    }

    private async Task<(int ExitCode, string Output, string Error)> RunPythonAsync(string text)
    {
        try
        {
            var start = new ProcessStartInfo("python3", ["-c", text])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["HF_ENDPOINT"] = _hub.Server.Endpoint,
                    ["HF_HUB_CACHE"] = _hub.Options.CacheFolder,
                    ["HF_HOME"] = _hub.File("python"),

                    // The settings of the tests and of the user must not prevent Python from sending requests.
                    ["HF_HUB_OFFLINE"] = "0",
                    ["TRANSFORMERS_OFFLINE"] = "0",
                    ["HF_HUB_DISABLE_XET"] = "1",
                    ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1",
                    ["HF_HUB_DISABLE_TELEMETRY"] = "1",
                },
            };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, output, await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "python3 is not installed.");
        }
    }
}
