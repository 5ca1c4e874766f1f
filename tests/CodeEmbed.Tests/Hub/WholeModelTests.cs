using System.Text.Json;
using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>The Hub's listing decides whether a cached commit is complete, not the files that happen to exist.</summary>
public sealed class WholeModelTests : IDisposable
{
    private const string Modules = """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]
        """;

    private readonly HubSetting _hub = new(FakeRepository.WithTokenizer().AddLarge("model.safetensors", 7)
        .Add("modules.json", Modules).Add("1_Pooling/config.json", """{"pooling_mode_cls_token":true}""").Add(
            "sentence_roberta_config.json", """{"max_seq_length":128}"""));

    private readonly PythonCache _python;

    public WholeModelTests() => _python = new PythonCache(_hub.Options.CacheFolder);

    public void Dispose() => _hub.Dispose();

    // The files that transformers reads exist. That it needs no others does not make the model complete.
    [Fact]
    public async Task Files_that_another_program_skipped_are_fetched()
    {
        AddWhatTransformersReads();

        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.Null(snapshot.Doubt);
        Assert.All(
            ["modules.json", "1_Pooling/config.json", "sentence_roberta_config.json"],
            path => Assert.True(File.Exists(Path.Combine(snapshot.Folder, path)), path));
        Assert.Empty(_hub.AskedFrom());
    }

    [Fact]
    public async Task A_cached_commit_is_completed_and_not_replaced_by_a_newer_one()
    {
        AddWhatTransformersReads();
        const string newer = "ffffffffffffffffffffffffffffffffffffffff";
        _hub.Repository.Commits[newer] = new Dictionary<string, FakeFile>(_hub.Repository.Files);
        _hub.Repository.Revisions["main"] = newer;

        Assert.Equal(HubSetting.Commit, (await _hub.FetchAsync()).Commit);
        Assert.Equal(newer, (await _hub.FetchAsync(update: true)).Commit);
    }

    [Fact]
    public async Task A_cached_commit_that_the_Hub_no_longer_has_is_replaced()
    {
        const string gone = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
        _python.AddUnmarked(HubSetting.ModelName, gone).Refer(HubSetting.ModelName, "main", gone);

        Assert.Equal(HubSetting.Commit, (await _hub.FetchAsync()).Commit);
    }

    [Fact]
    public async Task Updating_repairs_it()
    {
        AddWhatTransformersReads();

        HubSnapshot snapshot = await _hub.FetchAsync(update: true);

        Assert.True(File.Exists(Path.Combine(snapshot.Folder, "modules.json")));
    }

    [Fact]
    public async Task A_plain_folder_of_it_holds_every_file()
    {
        AddWhatTransformersReads();
        string folder = _hub.File("plain");

        await new HubClient(_hub.Options).SaveToFolderAsync(
            _hub.Id, folder, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(File.Exists(Path.Combine(folder, "modules.json")));
        Assert.True(File.Exists(Path.Combine(folder, "1_Pooling", "config.json")));
    }

    [Fact]
    public async Task Offline_it_is_not_used_and_the_error_says_which_files_are_unknown()
    {
        AddWhatTransformersReads();
        _hub.Options = _hub.Options with { Offline = true };

        string problem = (await _hub.FailAsync()).Problem;

        Assert.Contains("modules.json", problem, StringComparison.Ordinal);
        Assert.Contains($"give the folder '{_hub.Snapshot}'", problem, StringComparison.Ordinal);
        Assert.False(Assert.Single(new HubCache(_hub.Options.CacheFolder).List()).IsComplete);
    }

    [Fact]
    public async Task Offline_other_possibly_missing_files_are_reported()
    {
        AddWhatTransformersReads();
        _python.Mark(HubSetting.ModelName, HubSetting.Commit, "modules.json");
        _hub.Options = _hub.Options with { Offline = true };

        string? doubt = (await _hub.FetchAsync()).Doubt;

        Assert.Contains("the files tokenizer_config.json cannot be known", doubt, StringComparison.Ordinal);
        Assert.DoesNotContain("added_tokens.json", doubt, StringComparison.Ordinal);
        Assert.DoesNotContain("sentence_", doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_files_marked_as_missing_are_not_reported()
    {
        AddWhatTransformersReads();
        _python.Mark(HubSetting.ModelName, HubSetting.Commit, "modules.json", "tokenizer_config.json");
        _hub.Options = _hub.Options with { Offline = true };

        Assert.Null((await _hub.FetchAsync()).Doubt);
    }

    // The first file with a length counts, so that the others do not matter; the prompts are in a separate file.
    [Fact]
    public async Task Offline_the_relevant_files_of_a_sentence_transformer_are_reported()
    {
        await _hub.FetchAsync();
        Directory.Delete(Path.Combine(_hub.ModelFolder, "trees"), recursive: true);
        Directory.Delete(Path.Combine(_hub.ModelFolder, ".no_exist"), recursive: true);
        _hub.Options = _hub.Options with { Offline = true };

        string? doubt = (await _hub.FetchAsync()).Doubt;

        Assert.Contains("config_sentence_transformers.json", doubt, StringComparison.Ordinal);
        Assert.Contains("sentence_bert_config.json", doubt, StringComparison.Ordinal);
        Assert.DoesNotContain("sentence_xlnet_config.json", doubt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_Hub_is_reported_and_the_existing_files_are_used()
    {
        AddWhatTransformersReads();
        _python.Mark(HubSetting.ModelName, HubSetting.Commit, "modules.json");
        _hub.Server.Dispose();

        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.Equal(_hub.Snapshot, snapshot.Folder);
        Assert.Contains("Asking the Hub failed", snapshot.Doubt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1_Pooling/config.json")]
    [InlineData("sentence_roberta_config.json")]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public async Task A_deleted_file_of_the_listing_is_noticed_offline_and_fetched_again(string path)
    {
        HubSnapshot snapshot = await _hub.FetchAsync();
        File.Delete(Path.Combine(snapshot.Folder, path));
        HubOptions online = _hub.Options;

        _hub.Options = online with { Offline = true };
        Assert.Contains($"its file {path} is missing", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        _hub.Options = online;
        await _hub.FetchAsync();

        Assert.True(File.Exists(Path.Combine(snapshot.Folder, path)));
    }

    [Fact]
    public async Task A_file_that_is_too_short_is_fetched_again()
    {
        HubSnapshot snapshot = await _hub.FetchAsync();
        string blob = Path.Combine(_hub.ModelFolder, "blobs", _hub.Repository.Files["model.safetensors"].Hash);
        File.WriteAllBytes(blob, []);

        await _hub.FetchAsync();

        Assert.Equal(
            _hub.Repository.Files["model.safetensors"].Content,
            File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
    }

    // The format is defined by huggingface_hub's _tree_cache.py.
    [Fact]
    public async Task The_listing_is_stored_in_the_format_of_huggingface_hub()
    {
        await _hub.FetchAsync();

        using JsonDocument listing = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(_hub.ModelFolder, "trees", HubSetting.Commit + ".json")));
        Assert.Equal(1, listing.RootElement.GetProperty("format_version").GetInt32());
        JsonElement files = listing.RootElement.GetProperty("files");
        FakeFile weights = _hub.Repository.Files["model.safetensors"], config = _hub.Repository.Files["config.json"];
        Assert.Equal(_hub.Repository.Files.Keys.Order(StringComparer.Ordinal), files.EnumerateObject().Select(file => file.Name));
        Assert.Equal((weights.Hash, 7, new string('a', 40)), (
            files.GetProperty("model.safetensors").GetProperty("lfs_sha256").GetString(),
            files.GetProperty("model.safetensors").GetProperty("lfs_size").GetInt32(),
            files.GetProperty("model.safetensors").GetProperty("blob_id").GetString()));
        Assert.Equal(config.Hash, files.GetProperty("config.json").GetProperty("blob_id").GetString());
        Assert.False(files.GetProperty("config.json").TryGetProperty("lfs_sha256", out _));
    }

    [Fact]
    public void A_listing_stored_by_Python_is_used()
    {
        AddWhatTransformersReads();
        WriteListing("""
            {"format_version": 1, "files": {
             "config.json": {"size": CONFIG, "blob_id": "1"}, "tokenizer.json": {"size": TOKENIZER, "blob_id": "1"},
             "model.safetensors": {"size": 7, "blob_id": "1", "lfs_sha256": "2", "lfs_size": 7, "xet_hash": "3"},
             "README.md": {"size": 3, "blob_id": "4"}}}
            """);

        Assert.Null(new HubCache(_hub.Options.CacheFolder).FindSnapshot(_hub.Id)!.Doubt);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"format_version": 2, "files": {}}""")]
    [InlineData("""{"format_version": 1, "files": {"config.json": {"size": "x"}}}""")]
    [InlineData("""{"format_version": "1"}""")]
    public void An_unreadable_listing_counts_as_missing(string text)
    {
        AddWhatTransformersReads();
        WriteListing(text);

        Assert.Null(new HubCache(_hub.Options.CacheFolder).FindSnapshot(_hub.Id));
    }

    [Fact]
    public async Task Existing_weights_of_another_framework_are_sufficient()
    {
        Links.Require();
        _hub.Repository.Files.Remove("modules.json");
        _hub.Repository.AddLarge("pytorch_model.bin", 9);
        FakeFile weights = _hub.Repository.Files["pytorch_model.bin"];
        string blob = Path.Combine(_hub.ModelFolder, "blobs", weights.Hash);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        Directory.CreateDirectory(_hub.Snapshot);
        File.WriteAllBytes(blob, weights.Content);
        File.CreateSymbolicLink(Path.Combine(_hub.Snapshot, "pytorch_model.bin"), $"../../blobs/{weights.Hash}");
        _python.Refer(HubSetting.ModelName, "main", HubSetting.Commit);

        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.False(File.Exists(Path.Combine(snapshot.Folder, "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(snapshot.Folder, "tokenizer.json")));
    }

    // The layout of sentence-transformers before 2.0, once used everywhere in https://huggingface.co/sentence-transformers.
    [Fact]
    public async Task An_encoder_in_a_separate_folder_is_fetched()
    {
        using var hub = new HubSetting(new FakeRepository()
            .Add("modules.json", Modules.Replace("\"path\":\"\"", "\"path\":\"0_Transformer\"", StringComparison.Ordinal))
            .Add("0_Transformer/config.json", """{"model_type":"roberta"}""").Add("0_Transformer/tokenizer.json", "{}").Add(
                "0_Transformer/sentence_roberta_config.json", "{}")
            .Add("0_Transformer/model.safetensors.index.json", """{"weight_map":{"x":"a-1.safetensors"}}""").AddLarge(
                "0_Transformer/a-1.safetensors", 100)
            .Add("1_Pooling/config.json", "{}").AddLarge("0_Transformer/tf_model.h5", 100));

        HubSnapshot snapshot = await hub.FetchAsync();

        Assert.Equal(
            hub.Repository.Files.Keys.Where(path => !path.EndsWith(".h5", StringComparison.Ordinal)).Order(
                StringComparer.Ordinal),
            Assert.Single(new HubCache(hub.Options.CacheFolder).List()).Files.Select(file => file.Path));
        Assert.Equal(snapshot, new HubClient(hub.Options).Cache.FindSnapshot(hub.Id));
    }

    private void AddWhatTransformersReads()
    {
        foreach (string path in (string[])["config.json", "tokenizer.json", "model.safetensors"])
        {
            FakeFile file = _hub.Repository.Files[path];
            string pointer = Path.Combine(_hub.Snapshot, path);
            Directory.CreateDirectory(_hub.Snapshot);
            File.WriteAllBytes(pointer, file.Content);
        }

        _python.Refer(HubSetting.ModelName, "main", HubSetting.Commit);
    }

    private void WriteListing(string text)
    {
        string path = Path.Combine(_hub.ModelFolder, "trees", HubSetting.Commit + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string Size(string name) => $"{_hub.Repository.Files[name].Size}";
        File.WriteAllText(
            path,
            text.Replace("CONFIG", Size("config.json"), StringComparison.Ordinal).Replace(
                "TOKENIZER", Size("tokenizer.json"), StringComparison.Ordinal));
    }
}
