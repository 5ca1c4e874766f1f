using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>No name from the server leads out of the cache.</summary>
public sealed class HostileNamesTests : IDisposable
{
    private readonly HubSetting _hub = new(FakeRepository.WithTokenizer());

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("../evil")]
    [InlineData("../../../../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("C:\\evil")]
    [InlineData("..\\evil")]
    [InlineData("NUL")]
    [InlineData("a\0b")]
    public async Task A_shard_outside_is_refused(string shard)
    {
        string index = System.Text.Json.JsonSerializer.Serialize(new { weight_map = new { x = shard } });
        _hub.Repository.Add("model.safetensors.index.json", index).AddLarge(shard, 10);

        Assert.Contains("not the name of a file", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        AssertNothingOutside();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../evil")]
    [InlineData("/tmp/evil")]
    public async Task A_module_outside_is_refused(string folder)
    {
        _hub.Repository.AddLarge("model.safetensors", 10).AddLarge($"{folder}/config.json", 10)
            .Add("modules.json", System.Text.Json.JsonSerializer.Serialize(new[] { new { path = folder, type = "a.Pooling" } }));

        Assert.Contains($"'{folder}'", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        AssertNothingOutside();
    }

    [Theory]
    [InlineData("model.onnx_data/../../../../../evil")]
    [InlineData("model.onnx.data/../evil")]
    [InlineData("model.onnx_data\\evil")]
    [InlineData("model.onnx_data:stream")]
    public async Task External_data_outside_is_refused(string path)
    {
        _hub.Repository.AddLarge("model.onnx", 10).AddLarge(path, 10);

        Assert.Contains($"'{path}'", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        AssertNothingOutside();
    }

    [Theory]
    [InlineData("../../../evil")]
    [InlineData("evil")]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000/../../evil")]
    [InlineData("000000000000000000000000000000000000000G")]
    public async Task An_invalid_hash_is_refused(string hash)
    {
        _hub.Repository.AddLarge("model.safetensors", 10);
        _hub.Repository.Files["model.safetensors"] = _hub.Repository.Files["model.safetensors"] with { Hash = hash };

        Assert.Contains($"'{hash}' as the hash of model.safetensors", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        AssertNothingOutside();
    }

    [Fact]
    public async Task An_unneeded_name_is_harmless()
    {
        _hub.Repository.AddLarge("model.safetensors", 10).AddLarge("../../evil", 10).AddLarge("NUL", 10);

        HubSnapshot snapshot = await _hub.FetchAsync();

        Assert.True(File.Exists(Path.Combine(snapshot.Folder, "model.safetensors")));
        AssertNothingOutside();
    }

    [Fact]
    public void A_branch_in_the_cache_that_names_a_folder_outside_is_not_followed()
    {
        Directory.CreateDirectory(Path.Combine(_hub.ModelFolder, "refs"));
        File.WriteAllText(Path.Combine(_hub.ModelFolder, "refs", "main"), "../../../outside");

        Assert.Null(new HubCache(_hub.Options.CacheFolder).FindSnapshot(_hub.Id));
    }

    private void AssertNothingOutside()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_hub.File("."), "*evil*", SearchOption.AllDirectories));
        Assert.Equal(["hub"], Directory.GetFileSystemEntries(_hub.File(".")).Select(Path.GetFileName));
        Assert.False(File.Exists("/tmp/evil"));
    }
}
