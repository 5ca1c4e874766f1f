using System.Text.Json;
using CodeEmbed.Hub;
using CodeEmbed.Onnx;
using CodeEmbed.Tests.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Hub;

/// <summary>
///   Models with other architectures: only the files needed to run them are fetched, and the fetched models run.
/// </summary>
public sealed class FetchedModelTests
{
    private const double LargestDifference = 1e-5;

    /// <summary>The names of the repositories.</summary>
    public static TheoryData<string> Repositories { get; } = [.. FixtureRepository.All.Keys];

    [Theory]
    [MemberData(nameof(Repositories))]
    public async Task Only_needed_files_are_fetched(string name)
    {
        FixtureRepository repository = FixtureRepository.All[name];
        using var hub = new HubSetting(repository.Make());

        HubSnapshot snapshot = await hub.FetchAsync();

        Assert.Equal(
            repository.Needed,
            Directory.GetFiles(snapshot.Folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(snapshot.Folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.Equal(
            repository.Needed,
            hub.Repository.Files.Keys
                .Where(path => hub.Server.Requests.Any(request => request.IsFor(path))).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Repositories))]
    public async Task A_fetched_model_gives_the_vectors_of_transformers(string name)
    {
        FixtureRepository repository = FixtureRepository.All[name];
        using var hub = new HubSetting(repository.Make());
        HubSnapshot snapshot = await hub.FetchAsync();
        double[][] expected =
        [
            .. File.ReadLines(Path.Combine(repository.Source, "expected-vectors.jsonl"))
                .Select(line => JsonSerializer.Deserialize<double[]>(line)!),
        ];

        using var service = new OnnxEmbeddingService(
            new EmbeddingServiceOptions { Model = snapshot.Folder, Device = EmbeddingDevice.Cpu, Threads = 1 });
        CodeEmbedding[] embeddings = [.. service.EmbedBatch(Snippets.OfTexts(), TestContext.Current.CancellationToken)];

        Assert.Equal(expected.Length, embeddings.Length);
        Assert.All(embeddings.Zip(expected), pair => Assert.All(
            pair.First.Vector.Zip(pair.Second, (value, other) => Math.Abs(value - other)),
            difference => Assert.InRange(difference, 0, LargestDifference)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0_Transformer")]
    public async Task A_model_with_only_a_SentencePiece_file_is_refused_before_its_weights_are_fetched(string folder)
    {
        FixtureRepository repository = FixtureRepository.All["xlm-roberta with tokenizer.json"] with
        {
            EncoderFolder = folder,
            Left = "tokenizer.json",
        };
        using var hub = new HubSetting(repository.Make());

        ModelLoadException error = await hub.FailAsync();

        Assert.Contains(
            "it has no tokenizer.json: its tokenizer exists only as sentencepiece.bpe.model, which is not read",
            error.Problem,
            StringComparison.Ordinal);
        Assert.Empty(hub.AskedFrom());
    }
}
