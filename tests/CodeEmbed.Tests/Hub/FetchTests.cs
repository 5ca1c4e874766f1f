using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A model is fetched once, and used from the cache afterwards.</summary>
public sealed class FetchTests : IDisposable
{
    private static readonly string[] Needed =
        ["config.json", "merges.txt", "pytorch_model.bin", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"];

    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task Only_needed_files_are_fetched_and_every_file_is_correct()
    {
        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.Equal(new HubSnapshot(_hub.Snapshot, HubSetting.Commit), snapshot);
        Assert.Equal(Needed, Directory.GetFiles(snapshot.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(
            Needed,
            path => Assert.Equal(_hub.Repository.Files[path].Content, File.ReadAllBytes(Path.Combine(snapshot.Folder, path))));
        Assert.All(Needed, path => Assert.Single(_hub.Server.Requests, request => request.IsFor(path)));
        Assert.DoesNotContain(
            _hub.Server.Requests,
            request => request.IsFor("tf_model.h5") || request.IsFor("flax_model.msgpack") || request.IsFor("rust_model.ot"));
    }

    [Theory]
    [InlineData("a", "a/b")]
    [InlineData("a/b", "a")]
    [InlineData("a/b/c", "a/b")]
    public async Task A_branch_whose_name_is_a_folder_of_another_branch_replaces_it(string first, string second)
    {
        _hub.Repository.Revisions[first] = _hub.Repository.Revisions[second] = HubSetting.Commit;
        var client = new HubClient(_hub.Options);
        foreach (string branch in (string[])[first, second])
        {
            await client.FetchAsync(
                HubModelId.Parse($"{HubSetting.ModelName}@{branch}"), cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.NotNull(client.Cache.FindSnapshot(HubModelId.Parse($"{HubSetting.ModelName}@{second}")));
        Assert.Equal([second], Assert.Single(client.Cache.List()).Revisions);
    }

    // As shown in the documentation of huggingface_hub: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    [Fact]
    public async Task The_cache_has_the_layout_of_huggingface_hub()
    {
        Links.Require();
        await _hub.FetchAsync();

        Assert.Equal(HubSetting.Commit, File.ReadAllText(Path.Combine(_hub.ModelFolder, "refs", "main")));
        Assert.Equal(
            Needed.Select(path => _hub.Repository.Files[path].Hash).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            $"../../blobs/{_hub.Weights.Hash}", new FileInfo(Path.Combine(_hub.Snapshot, "pytorch_model.bin")).LinkTarget);
        Assert.Equal(0, new FileInfo(Path.Combine(_hub.ModelFolder, ".no_exist", HubSetting.Commit, "tokenizer.json")).Length);
        Assert.True(
            File.Exists(
                Path.Combine(
                    _hub.Options.CacheFolder, ".locks", "models--microsoft--codebert-base", _hub.Weights.Hash + ".lock")));
    }

    [Fact]
    public async Task A_file_in_a_folder_links_to_its_blob_too()
    {
        Links.Require();
        _hub.Repository.Files.Remove("pytorch_model.bin");
        _hub.Repository.AddLarge("onnx/model.onnx", 10).AddLarge("onnx/model.onnx_data", 20);

        await _hub.FetchAsync();

        Assert.Equal(
            $"../../../blobs/{_hub.Repository.Files["onnx/model.onnx_data"].Hash}",
            new FileInfo(Path.Combine(_hub.Snapshot, "onnx", "model.onnx_data")).LinkTarget);
    }

    [Fact]
    public async Task A_fetched_model_is_used_without_any_network_call()
    {
        HubSnapshot fetched = await _hub.FetchAsync();
        _hub.Server.Dispose();
        using var unwanted = new FakeHub(_hub.Server.Port);

        HubSnapshot again = await _hub.FetchAsync();
        HubSnapshot commit = await new HubClient(_hub.Options).FetchAsync(
            HubModelId.Parse($"{HubSetting.ModelName}@{HubSetting.Commit}"),
            update: true,
            null,
            TestContext.Current.CancellationToken);

        Assert.Equal(fetched, again);
        Assert.Equal(fetched, commit);
        Assert.Empty(unwanted.Requests);
    }

    [Fact]
    public async Task A_fetched_model_is_used_offline_and_any_other_is_an_error()
    {
        HubSnapshot fetched = await _hub.FetchAsync();
        _hub.Options = _hub.Options with { Offline = true };
        int requests = _hub.Server.Requests.Count;

        Assert.Equal(fetched, await _hub.FetchAsync());
        var missing = await Assert.ThrowsAsync<ModelLoadException>(
            () =>
                new HubClient(_hub.Options).FetchAsync(
                    HubModelId.Parse("microsoft/other"), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("offline", missing.Problem, StringComparison.Ordinal);
        Assert.Contains("offline", (await _hub.FailAsync(update: true)).Problem, StringComparison.Ordinal);
        Assert.Equal(requests, _hub.Server.Requests.Count);
    }

    [Fact]
    public async Task A_newer_commit_is_used_only_after_an_update_and_shares_unchanged_files()
    {
        Links.Require();
        const string second = "1111111111111111111111111111111111111111";
        await _hub.FetchAsync();
        _hub.Repository.Commits[second] =
            new(_hub.Repository.Files) { ["config.json"] = new FakeFile("{\"new\":1}"u8.ToArray(), IsLarge: false) };
        _hub.Repository.Revisions["main"] = second;

        HubSnapshot before = await _hub.FetchAsync();
        _hub.Server.Requests.Clear();
        HubSnapshot after = await _hub.FetchAsync(update: true);

        Assert.Equal(HubSetting.Commit, before.Commit);
        Assert.Equal(second, after.Commit);
        Assert.Equal("{\"new\":1}", File.ReadAllText(Path.Combine(after.Folder, "config.json")));
        FakeRequest fetched = Assert.Single(
            _hub.Server.Requests, request => request.Target.Contains("/resolve/", StringComparison.Ordinal));
        Assert.Equal("config.json", fetched.Target.Split('/')[^1]);
        Assert.Equal(second, (await _hub.FetchAsync()).Commit);
    }

    [Fact]
    public async Task A_branch_stays_at_its_commit_if_an_update_fails()
    {
        const string second = "2222222222222222222222222222222222222222";
        await _hub.FetchAsync();
        _hub.Repository.Commits[second] =
            new(_hub.Repository.Files) { ["config.json"] = new FakeFile("{\"new\":1}"u8.ToArray(), IsLarge: false) };
        _hub.Repository.Revisions["main"] = second;
        _hub.Server.Intercept = request => request.IsFor("config.json") ? FakeAnswer.Error(403) : null;

        await _hub.FailAsync(update: true);

        Assert.Equal(HubSetting.Commit, (await _hub.FetchAsync()).Commit);
    }

    [Fact]
    public async Task An_update_without_changes_requests_only_the_commit()
    {
        await _hub.FetchAsync();
        _hub.Server.Requests.Clear();

        await _hub.FetchAsync(update: true);

        Assert.Equal("/api/models/microsoft/codebert-base/revision/main", Assert.Single(_hub.Server.Requests).Target);
    }

    [Theory]
    [InlineData("v1.0", "v1.0")]
    [InlineData("refs/pr/7", "refs%2Fpr%2F7")]
    [InlineData("feature/long-code", "feature%2Flong-code")]
    public async Task A_branch_a_tag_or_a_pull_request_can_be_requested(string revision, string asked)
    {
        _hub.Repository.Revisions[revision] = HubSetting.Commit;

        HubSnapshot snapshot = await new HubClient(_hub.Options).FetchAsync(
            HubModelId.Parse($"{HubSetting.ModelName}@{revision}"), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(HubSetting.Commit, snapshot.Commit);
        Assert.Contains(
            _hub.Server.Requests, request => request.Target == $"/api/models/microsoft/codebert-base/revision/{asked}");
        Assert.Equal(HubSetting.Commit, File.ReadAllText(Path.Combine(_hub.ModelFolder, "refs", revision)));
    }

    [Fact]
    public async Task A_commit_is_fetched_without_resolving_it_and_creates_no_branch()
    {
        await new HubClient(_hub.Options).FetchAsync(
            HubModelId.Parse($"{HubSetting.ModelName}@{HubSetting.Commit}"),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.DoesNotContain(_hub.Server.Requests, request => request.Target.Contains("/revision/", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_hub.ModelFolder, "refs")));
    }

    [Fact]
    public async Task A_listing_with_several_pages_is_read_completely()
    {
        _hub.Server.PageSize = 3;

        await _hub.FetchAsync();

        Assert.Equal(Needed, Directory.GetFiles(_hub.Snapshot).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(4, _hub.Server.Requests.Count(request => request.Target.Contains("/tree/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_links_the_files_are_in_the_snapshot()
    {
        _hub.Options = _hub.Options with { UseLinks = false };

        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.All(Needed, path => Assert.Null(new FileInfo(Path.Combine(snapshot.Folder, path)).LinkTarget));
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(snapshot.Folder, "pytorch_model.bin")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs")));
        Assert.Equal(snapshot, await _hub.FetchAsync());
    }

    [Fact]
    public async Task Without_links_an_existing_blob_is_copied()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_hub.WeightsBlob)!);
        File.WriteAllBytes(_hub.WeightsBlob, _hub.Weights.Content);
        _hub.Options = _hub.Options with { UseLinks = false };

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(_hub.WeightsBlob));
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "pytorch_model.bin")));
        Assert.Empty(_hub.AskedFrom());
    }

    [Fact]
    public async Task A_missing_file_is_fetched_again()
    {
        Links.Require();
        HubSnapshot snapshot = await _hub.FetchAsync();
        File.Delete(_hub.WeightsBlob);

        Assert.Null(new HubClient(_hub.Options).Cache.FindSnapshot(_hub.Id));
        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(snapshot.Folder, "pytorch_model.bin")));
    }

    [Fact]
    public async Task A_sharded_model_is_fetched_completely()
    {
        _hub.Repository.Files.Remove("pytorch_model.bin");
        _hub.Repository.AddLarge("a-1.safetensors", 1000).AddLarge("a-2.safetensors", 2000).AddLarge("a-3.safetensors", 3000)
            .Add("model.safetensors.index.json", """{"weight_map":{"x":"a-1.safetensors","y":"a-2.safetensors"}}""");

        await _hub.FetchAsync();

        Assert.Equal(
            ["a-1.safetensors", "a-2.safetensors"],
            Directory.GetFiles(_hub.Snapshot, "a-*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Progress_is_reported_from_the_start_to_the_end_of_every_file()
    {
        var reports = new List<HubProgress>();

        await new HubClient(_hub.Options).FetchAsync(
            _hub.Id, update: false, new Reporter(reports), TestContext.Current.CancellationToken);

        Assert.Equal(Needed, reports.Select(report => report.File).Distinct().Order(StringComparer.Ordinal));
        HubProgress[] weights = [.. reports.Where(report => report.File == "pytorch_model.bin")];
        Assert.Equal(0, weights[0].FileBytes);
        Assert.Equal(_hub.Weights.Size, weights[^1].FileBytes);
        Assert.All(weights, report => Assert.Equal(_hub.Weights.Size, report.FileTotal));
        Assert.Equal(reports.Select(report => report.Bytes), reports.Select(report => report.Bytes).Order());
        long total = Needed.Sum(path => _hub.Repository.Files[path].Size);
        Assert.Equal((total, total), (reports[^1].Bytes, reports[^1].Total));
    }

    private sealed class Reporter(List<HubProgress> reports) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => reports.Add(value);
    }
}
