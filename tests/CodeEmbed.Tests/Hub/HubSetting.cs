using CodeEmbed.Hub;
using CodeEmbed.Hub.Transfer;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>A server with one model, an empty cache, and a client that retries immediately.</summary>
internal sealed class HubSetting : IDisposable
{
    public const string ModelName = "microsoft/codebert-base";
    public const string Commit = FakeRepository.FirstCommit;

    private readonly TemporaryFolder _folder = new();

    public HubSetting(FakeRepository? repository = null)
    {
        Repository = repository ?? FakeRepository.LikeCodeBert();
        Server.Repositories[ModelName] = Repository;
        Options = new HubOptions { Endpoint = Server.Endpoint, CacheFolder = _folder.File("hub"), Limits = Quick };
    }

    /// <summary>Limits for tests: short pauses, and no limit that a busy machine could reach.</summary>
    public static TransferLimits Quick { get; } = new()
    {
        Connect = HangLimit.Value,
        Stall = HangLimit.Value,
        FirstPause = TimeSpan.FromMilliseconds(1),
        LongestPause = TimeSpan.FromSeconds(3),
        ReportEvery = TimeSpan.Zero,
    };

    public FakeHub Server { get; } = new();

    public FakeRepository Repository { get; }

    public HubOptions Options { get; set; }

    public HubModelId Id { get; } = HubModelId.Parse(ModelName);

    /// <summary>The folder of the model in the cache.</summary>
    public string ModelFolder => Path.Combine(Options.CacheFolder, "models--microsoft--codebert-base");

    /// <summary>The files of the commit in the cache.</summary>
    public string Snapshot => Path.Combine(ModelFolder, "snapshots", Commit);

    /// <summary>The large file of the model.</summary>
    public FakeFile Weights => Repository.Files["pytorch_model.bin"];

    /// <summary>The path of the large file in the commit: a link or, on a system without links, the file itself.</summary>
    public string WeightsFile => Path.Combine(Snapshot, "pytorch_model.bin");

    /// <summary>The path of the large file in the cache once it is complete and linked.</summary>
    public string WeightsBlob => Path.Combine(ModelFolder, "blobs", Weights.Hash);

    /// <summary>A path in the test's own folder.</summary>
    public string File(string name) => _folder.File(name);

    public Task<HubSnapshot> FetchAsync(bool update = false) =>
        new HubClient(Options).FetchAsync(Id, update, null, TestContext.Current.CancellationToken);

    public Task<ModelLoadException> FailAsync(bool update = false) =>
        Assert.ThrowsAsync<ModelLoadException>(() => FetchAsync(update));

    /// <summary>The start offsets of the requests for the large file at its host, in order.</summary>
    public long[] AskedFrom() => [.. Server.Requests.Where(request => request.IsStorage).Select(request => request.From ?? 0)];

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }
}
