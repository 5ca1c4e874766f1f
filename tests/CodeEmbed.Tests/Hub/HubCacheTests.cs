using CodeEmbed.Hub;
using CodeEmbed.Hub.Cache;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>Finding, listing and removing models in the cache.</summary>
public sealed class HubCacheTests : IDisposable
{
    private const string Model = "org/model";
    private const string First = "1111111111111111111111111111111111111111", Second = "2222222222222222222222222222222222222222";

    private readonly TemporaryFolder _folder = new();
    private readonly PythonCache _python;
    private readonly HubCache _cache;

    public HubCacheTests()
    {
        _python = new PythonCache(_folder.Path);
        _cache = new HubCache(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_fetched_by_Python_is_found()
    {
        _python.AddModel(Model, First).Refer(Model, "main", First).Refer(Model, "refs/pr/1", First);
        var expected = new HubSnapshot(Path.Combine(_python.Repository(Model), "snapshots", First), First);

        Assert.Equal(expected, _cache.FindSnapshot(HubModelId.Parse(Model)));
        Assert.Equal(expected, _cache.FindSnapshot(HubModelId.Parse($"{Model}@refs/pr/1")));
        Assert.Equal(expected, _cache.FindSnapshot(HubModelId.Parse($"{Model}@{First}")));
        Assert.Null(_cache.FindSnapshot(HubModelId.Parse($"{Model}@other")));
        Assert.Null(_cache.FindSnapshot(HubModelId.Parse($"{Model}@{Second}")));
        Assert.Null(_cache.FindSnapshot(HubModelId.Parse("org/other")));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void A_model_that_lacks_a_file_is_not_found(string path)
    {
        _python.AddModel(Model, First).Refer(Model, "main", First);
        File.Delete(Path.Combine(_python.Repository(Model), "snapshots", First, path));

        Assert.Null(_cache.FindSnapshot(HubModelId.Parse(Model)));
    }

    [Fact]
    public void A_model_with_missing_shards_is_not_found()
    {
        _python.Add(Model, First, "config.json", "{}").Add(Model, First, "tokenizer.json", "{}").Refer(Model, "main", First)
            .Add(Model, First, "model.safetensors.index.json", """{"weight_map":{"x":"a-1.safetensors","y":"a-2.safetensors"}}""")
            .Add(Model, First, "a-1.safetensors", "1")
            .Mark(Model, First, "modules.json");
        Assert.Null(_cache.FindSnapshot(HubModelId.Parse(Model)));

        _python.Add(Model, First, "a-2.safetensors", "2");
        Assert.NotNull(_cache.FindSnapshot(HubModelId.Parse(Model)));
    }

    [Fact]
    public void A_file_that_links_to_itself_counts_as_missing()
    {
        Links.Require();
        _python.AddModel(Model, First).Refer(Model, "main", First);
        string config = Path.Combine(_python.Repository(Model), "snapshots", First, "config.json");
        File.Delete(config);
        File.CreateSymbolicLink(config, "config.json");

        Assert.Null(_cache.FindSnapshot(HubModelId.Parse(Model)));
    }

    [Fact]
    public void Every_commit_is_listed_with_its_branches_and_files()
    {
        _python.AddModel(Model, First).Refer(Model, "v1", First)
            .AddModel(Model, Second, "other weights").Refer(Model, "main", Second).Refer(Model, "feature/a", Second)
            .Add("an/other", First, "onnx/config.json", "{}").Refer("an/other", "main", First);
        Directory.CreateDirectory(_folder.File("datasets--org--model/snapshots/" + First));
        Directory.CreateDirectory(_folder.File("models--bert-base-cased/snapshots/" + First));
        Directory.CreateDirectory(_folder.File("models--a--b--c/snapshots/" + First));
        Directory.CreateDirectory(_folder.File(".locks/models--org--model"));
        Directory.CreateDirectory(Path.Combine(_python.Repository(Model), "snapshots", "not-a-commit"));

        IReadOnlyList<CachedRevision> found = _cache.List();

        Assert.Equal(
            [("an/other", First), ("bert-base-cased", First), (Model, First), (Model, Second)],
            found.Select(revision => (revision.Model, revision.Commit)));
        Assert.Equal([["main"], [], ["v1"], ["feature/a", "main"]], found.Select(revision => revision.Revisions));
        Assert.Equal([false, false, true, true], found.Select(revision => revision.IsComplete));
        Assert.Equal([new CachedFile("onnx/config.json", 2)], found[0].Files);
        Assert.Equal([new("config.json", 2), new("model.safetensors", 7), new CachedFile("tokenizer.json", 17)], found[2].Files);
        Assert.Equal([2, 0, 26, 32], found.Select(revision => revision.Size));
        Assert.Equal(Path.Combine(_python.Repository(Model), "snapshots", First), found[2].Folder);
    }

    [Fact]
    public void A_missing_cache_is_empty()
    {
        var cache = new HubCache(_folder.File("none"));

        Assert.Empty(cache.List());
        Assert.Null(cache.FindSnapshot(HubModelId.Parse(Model)));
    }

    [Fact]
    public void Removing_a_commit_removes_the_files_that_no_other_commit_uses()
    {
        Links.Require();
        _python.AddModel(Model, First).Refer(Model, "v1", First).AddModel(Model, Second, "other weights").Refer(
            Model, "main", Second);
        string absence = Path.Combine(_python.Repository(Model), ".no_exist", First, "vocab.json"), listing = Path.Combine(
            _python.Repository(Model), "trees", First + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(absence)!);
        Directory.CreateDirectory(Path.GetDirectoryName(listing)!);
        File.WriteAllText(absence, "");
        File.WriteAllText(listing, "{}");

        _cache.Remove(_cache.List().Single(revision => revision.Commit == First));

        CachedRevision left = Assert.Single(_cache.List());
        Assert.Equal(Second, left.Commit);
        Assert.All(left.Files, file => Assert.True(File.ReadAllText(Path.Combine(left.Folder, file.Path)).Length > 0));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_python.Repository(Model), "blobs")).Length);
        Assert.False(File.Exists(Path.Combine(_python.Repository(Model), "refs", "v1")));
        Assert.False(Directory.Exists(Path.GetDirectoryName(absence)));
        Assert.False(File.Exists(listing));
    }

    [Fact]
    public void Removing_the_last_commit_removes_the_whole_model()
    {
        _python.AddModel(Model, First).Refer(Model, "main", First).AddModel("an/other", First);
        File.WriteAllText(Path.Combine(_python.Repository(Model), "blobs", "x.incomplete"), "rest");

        _cache.Remove(_cache.List().Single(revision => revision.Model == Model));

        Assert.Equal("an/other", Assert.Single(_cache.List()).Model);
        Assert.False(Directory.Exists(_python.Repository(Model)));
    }

    [Fact]
    public void A_name_with_different_case_is_another_model()
    {
        _python.AddModel("o/m", First);
        Assert.SkipWhen(
            Directory.Exists(_python.Repository("O/M")), "This file system is not case-sensitive.");
        _python.AddModel("O/M", First);

        Assert.Equal("o/m", Assert.Single(_cache.FindRevisions("o/m")).Model);
        Assert.Equal("O/M", Assert.Single(_cache.FindRevisions("O/M")).Model);
        Assert.Empty(_cache.FindRevisions("O/m"));
    }

    [Fact]
    public void A_model_without_an_owner_is_found_and_is_not_a_sentence_transformer()
    {
        _python.AddUnmarked("roberta-base", First).Refer("roberta-base", "main", First);

        Assert.Equal(First, _cache.FindSnapshot(HubModelId.Parse("roberta-base"))!.Commit);
        Assert.Equal("roberta-base", Assert.Single(_cache.List()).Model);
    }

    [Fact]
    public void The_target_of_a_link_outside_the_model_is_not_removed()
    {
        Links.Require();
        string outside = _folder.File("blobs");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "precious"), "x");
        _python.AddModel(Model, First).AddModel(Model, Second, "other");
        string snapshot = Path.Combine(_python.Repository(Model), "snapshots", First);
        File.CreateSymbolicLink(Path.Combine(snapshot, "file"), Path.Combine(outside, "precious"));
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "folder"), outside);

        _cache.Remove(_cache.List().Single(revision => revision.Commit == First));

        Assert.True(File.Exists(Path.Combine(outside, "precious")));
    }

    // In a folder that is a link, '..' leads to the parent of the link's target.
    [Fact]
    public void A_link_that_would_lead_to_another_file_is_not_created()
    {
        Links.Require();
        string blob = Write("model/blobs/x", "right"), other = Write("elsewhere/blobs/x", "wrong");
        Directory.CreateDirectory(_folder.File("elsewhere/snapshot"));
        Directory.CreateSymbolicLink(_folder.File("model/snapshot"), _folder.File("elsewhere/snapshot"));
        string file = _folder.File("model/snapshot/file");

        CachedContent.Place(blob, file, useLinks: true, isNew: false);

        Assert.Equal("right", File.ReadAllText(file));
        Assert.Equal("wrong", File.ReadAllText(other));
        Assert.Null(new FileInfo(file).LinkTarget);

        string Write(string name, string text)
        {
            string path = _folder.File(name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return path;
        }
    }
}
