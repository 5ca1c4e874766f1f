using System.Diagnostics;
using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   A cache may be shared: links and pipes that others put into it must not lead the fetch out of it or make it wait.
/// </summary>
public sealed class NothingOutsideTests : IDisposable
{
    private readonly HubSetting _hub = new();
    private readonly string _victim, _outside;

    public NothingOutsideTests()
    {
        (_victim, _outside) = (_hub.File("victim.txt"), _hub.File("outside"));
        File.WriteAllText(_victim, "precious");
        Directory.CreateDirectory(_outside);
    }

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("blobs/HASH.incomplete")]
    [InlineData("../.locks/models--microsoft--codebert-base/HASH.lock")]
    public async Task A_link_at_the_path_of_a_new_file_is_refused_by_name(string name)
    {
        Links.Require();
        string link = Make(name);
        File.CreateSymbolicLink(link, _victim);

        Assert.Contains($"'{link}' is a link", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        RequireUnharmed();
    }

    [Theory]
    [InlineData("blobs/HASH")]
    [InlineData("blobs/HASH.copy")]
    [InlineData("refs/main")]
    [InlineData("snapshots/COMMIT/pytorch_model.bin")]
    [InlineData("snapshots/COMMIT/config.json")]
    [InlineData(".no_exist/COMMIT/modules.json")]
    [InlineData("trees/COMMIT.json")]
    public async Task A_link_instead_of_a_finished_file_is_replaced_and_not_followed(string name)
    {
        Links.Require();
        _hub.Options = _hub.Options with { UseLinks = false };
        File.CreateSymbolicLink(Make(name), _victim);

        await _hub.FetchAsync();

        RequireUnharmed();
        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "pytorch_model.bin")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("blobs")]
    [InlineData("refs")]
    [InlineData("snapshots")]
    [InlineData("snapshots/COMMIT")]
    [InlineData("trees")]
    [InlineData(".no_exist")]
    [InlineData("../.locks")]
    public async Task A_folder_that_is_a_link_is_refused_by_name(string name)
    {
        Links.Require();
        string link = Make(name);
        Directory.CreateSymbolicLink(link, _outside);

        Assert.Contains($"'{link}' is a link to '{_outside}'", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
        RequireUnharmed();
    }

    [Theory]
    [InlineData("blobs/HASH.incomplete")]
    [InlineData("../.locks/models--microsoft--codebert-base/HASH.lock")]
    public async Task A_pipe_at_the_path_of_a_new_file_is_refused_by_name(string name)
    {
        string pipe = MakePipe(name);

        Assert.Contains($"'{pipe}' is a named pipe", (await _hub.FailAsync()).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refs/main")]
    [InlineData("trees/COMMIT.json")]
    [InlineData("blobs/HASH")]
    [InlineData("snapshots/COMMIT/config.json")]
    [InlineData("snapshots/COMMIT/pytorch_model.bin")]
    public async Task A_pipe_instead_of_a_finished_file_is_replaced_and_not_waited_for(string name)
    {
        MakePipe(name);

        await _hub.FetchAsync();

        Assert.Equal(_hub.Weights.Content, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "pytorch_model.bin")));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("refs/main")]
    public async Task A_pipe_is_not_waited_for_offline(string name)
    {
        await _hub.FetchAsync();
        Directory.Delete(Path.Combine(_hub.ModelFolder, "trees"), recursive: true);
        string path = name == "config.json" ? Path.Combine(_hub.Snapshot, name) : Path.Combine(_hub.ModelFolder, name);
        File.Delete(path);
        MakePipe(Path.GetRelativePath(_hub.ModelFolder, path));
        _hub.Options = _hub.Options with { Offline = true };

        await _hub.FailAsync();
    }

    [Fact]
    public async Task Removing_a_model_whose_folder_is_a_link_removes_nothing()
    {
        Links.Require();
        await _hub.FetchAsync();
        string elsewhere = Path.Combine(_outside, "model");
        Directory.Move(_hub.ModelFolder, elsewhere);
        Directory.CreateSymbolicLink(_hub.ModelFolder, elsewhere);
        var cache = new HubCache(_hub.Options.CacheFolder);
        string[] before = Directory.GetFiles(elsewhere, "*", SearchOption.AllDirectories);

        IOException error = Assert.Throws<IOException>(() => cache.Remove(Assert.Single(cache.List())));

        Assert.Contains($"'{_hub.ModelFolder}' is a link to '{elsewhere}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(elsewhere, "*", SearchOption.AllDirectories));
    }

    private string Make(string name)
    {
        string path = Path.GetFullPath(Path.Combine(
            _hub.ModelFolder,
            name.Replace("HASH", _hub.Weights.Hash, StringComparison.Ordinal).Replace(
                "COMMIT", HubSetting.Commit, StringComparison.Ordinal)));
        path = Path.TrimEndingDirectorySeparator(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private string MakePipe(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in folders.");
        string path = Make(name);
        using Process process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }

    private void RequireUnharmed()
    {
        Assert.Equal("precious", File.ReadAllText(_victim));
        Assert.Empty(Directory.GetFileSystemEntries(_outside));
    }
}
