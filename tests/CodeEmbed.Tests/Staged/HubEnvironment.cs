using CodeEmbed.Tests.Hub;

namespace CodeEmbed.Tests.Staged;

/// <summary>Temporarily makes this process use a server on loopback as the Hub, and a separate cache.</summary>
internal sealed class HubEnvironment : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];
    private readonly TemporaryFolder _folder = new();

    /// <summary>
    ///   Starts the server, which has the small model as microsoft/codebert-base, with the layout of the real repository.
    /// </summary>
    public HubEnvironment()
    {
        FakeRepository repository = FakeRepository.LikeCodeBert();
        foreach (string file in Directory.GetFiles(Repository.Fixture("tiny-roberta")))
        {
            string name = Path.GetFileName(file);
            if (repository.Files.ContainsKey(name))
                repository.Files[name] = new FakeFile(File.ReadAllBytes(file), IsLarge: name == "pytorch_model.bin");
        }

        Hub.Repositories[CachedModel.Name] = repository;
        Set("HF_ENDPOINT", Hub.Endpoint);
        Set("HF_HUB_CACHE", Cache);
        Set("HF_HUB_OFFLINE", null);
    }

    /// <summary>The server.</summary>
    public FakeHub Hub { get; } = new();

    /// <summary>The folder of the cache.</summary>
    public string Cache => _folder.File("hub");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
            Environment.SetEnvironmentVariable(name, value);

        Hub.Dispose();
        _folder.Dispose();
    }

    private void Set(string name, string? value)
    {
        _before[name] = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, value);
    }
}
