using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A model is saved to a plain folder, for a machine without a network.</summary>
public sealed class SaveToFolderTests : IDisposable
{
    private static readonly string[] Needed =
        ["config.json", "merges.txt", "pytorch_model.bin", "special_tokens_map.json", "tokenizer_config.json", "vocab.json"];

    private readonly HubSetting _hub = new();

    public void Dispose() => _hub.Dispose();

    private string Target => _hub.File("carried");

    [Fact]
    public async Task The_folder_has_the_needed_files_and_no_links()
    {
        HubSnapshot saved = await SaveAsync();

        Assert.Equal(new HubSnapshot(Target, HubSetting.Commit), saved);
        Assert.Equal(Needed, Directory.GetFileSystemEntries(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Needed, path => Assert.Null(new FileInfo(Path.Combine(Target, path)).LinkTarget));
        Assert.All(
            Needed, path => Assert.Equal(_hub.Repository.Files[path].Content, File.ReadAllBytes(Path.Combine(Target, path))));
    }

    [Fact]
    public async Task Other_files_fetched_by_Python_are_not_copied()
    {
        await _hub.FetchAsync();
        File.WriteAllText(Path.Combine(_hub.Snapshot, "tf_model.h5"), "x");

        await SaveAsync();

        Assert.Equal(Needed, Directory.GetFileSystemEntries(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Saving_again_overwrites_the_existing_files()
    {
        await SaveAsync();
        File.WriteAllText(Path.Combine(Target, "config.json"), "changed");
        File.WriteAllText(Path.Combine(Target, "vocab.json.partial"), "cut");

        await SaveAsync();

        Assert.Equal(_hub.Repository.Files["config.json"].Content, File.ReadAllBytes(Path.Combine(Target, "config.json")));
        Assert.False(File.Exists(Path.Combine(Target, "vocab.json.partial")));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_refused_and_named()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "model.safetensors"), "another model's");

        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(SaveAsync);

        Assert.Contains($"'{Target}' holds other files, such as 'model.safetensors'", error.Problem, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Target));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_created_is_an_error()
    {
        File.WriteAllText(Target, "a file");

        Assert.Contains(
            $"'{Target}' cannot be written to",
            (await Assert.ThrowsAsync<ModelLoadException>(SaveAsync)).Problem,
            StringComparison.Ordinal);
    }

    private Task<HubSnapshot> SaveAsync() =>
        new HubClient(_hub.Options).SaveToFolderAsync(_hub.Id, Target, cancellationToken: TestContext.Current.CancellationToken);
}
