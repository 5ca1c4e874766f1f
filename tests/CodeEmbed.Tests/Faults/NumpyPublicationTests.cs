using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>A process that is killed at each stage while the files of a binary index are renamed.</summary>
public sealed class NumpyPublicationTests : IDisposable
{
    private static readonly string[] Names = ["index.jsonl", "index.npy", "index.npy.records.json"];

    private static readonly bool[] Either = [false, true], Always = [true];

    private readonly TemporaryFolder _folder = new();

    /// <summary>The files that each stage has put in place, in order: the records, the vectors, the stamp.</summary>
    public static TheoryData<int, bool, bool> Stages => new(
        from placed in Enumerable.Range(-1, Names.Length + 2)
        from earlier in Either
        from stamped in earlier ? Either : Always
        select (placed, earlier, stamped));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Index => _folder.File("index.npy");

    public void Dispose() => _folder.Dispose();

    /// <summary>
    ///   A reader then sees the earlier index or the new one, complete, or an error. The resumed run, which may reuse the vectors
    ///   of its target, ends with the new index and nothing next to it.
    /// </summary>
    /// <param name="placed">How many files are in place; -1: not all of them were written under temporary names.</param>
    /// <param name="earlier">Whether there was an earlier index.</param>
    /// <param name="stamped">Whether the earlier index had a stamp, which an index from NumPy does not have.</param>
    [Theory]
    [MemberData(nameof(Stages))]
    public async Task The_index_is_never_mixed_and_is_completed(int placed, bool earlier, bool stamped)
    {
        Dictionary<string, byte[]> before = await MakeAsync("before", changed: 1), after = await MakeAsync("after", changed: 2);
        string[] wholeBefore = await ReadAsync(Path.Combine(_folder.Path, "before", "index.npy"));
        string[] wholeAfter = await ReadAsync(Path.Combine(_folder.Path, "after", "index.npy"));
        await InterruptAsync(changed: 2, earlier ? before : []);
        if (!stamped)
            File.Delete(Index + ".records.json");

        for (int i = 0; i < Names.Length; i++)
        {
            // If the last of the three is missing, the run was killed while it wrote it.
            byte[] bytes = after[Names[i]];
            string name = i < placed ? Names[i] : Names[i] + ".new";
            await File.WriteAllBytesAsync(_folder.File(name), placed < 0 ? bytes[..(bytes.Length / 2)] : bytes, Token);
        }

        string[]? seen = null;
        try
        {
            seen = File.Exists(Index) ? await ReadAsync(Index) : null;
        }
        catch (InvalidInputException e)
        {
            Assert.Contains("resume it", e.Message, StringComparison.Ordinal);
            Assert.InRange(placed, 1, 2);
        }

        Assert.True(seen is null || seen.SequenceEqual(placed < 2 ? wholeBefore : wholeAfter));
        Assert.True(seen is not null || placed is 1 or 2 || !earlier);

        using var reusable = new JsonlReusableEmbeddings(File.Exists(Index) ? [Index] : []);
        await using (var writer = new JsonlEmbeddingWriter(Index, new JsonlWriterOptions { Resume = true, NoClobber = false }))
            await RunAsync(writer, changed: 2, reusable);

        foreach (string name in Names[..2])
            Assert.Equal(after[name], await File.ReadAllBytesAsync(_folder.File(name), Token));

        Assert.Equal(
            ["in.jsonl", .. Names], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string[] Lines(int changed) =>
        [.. Enumerable.Range(0, 30).Select(i => Sample.Line($"{i}", i % 3 == 0 ? $"x = {i} + {changed}" : $"x = {i}"))];

    private static async Task<string[]> ReadAsync(string index)
    {
        var read = new List<string>();
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(index).ReadAsync(Token))
            read.Add($"{record.Value!.Snippet.Content}: {string.Join(' ', record.Value.Vector)}");

        return [.. read];
    }

    private async Task RunAsync(JsonlEmbeddingWriter writer, int changed, IReusableEmbeddings? reusable = null, int fail = 0)
    {
        string input = _folder.File("in.jsonl");
        if (!File.Exists(input) || !File.ReadLines(input).SequenceEqual(Lines(changed)))
            _folder.WriteLines("in.jsonl", Lines(changed));

        await new EmbeddingPipeline(
            new JsonlSnippetReader(input),
            new ContentService { Fails = fail },
            writer,
            new BatchingOptions { BatchSize = 4 },
            reusable: reusable).RunAsync(Token);
    }

    private async Task<Dictionary<string, byte[]>> MakeAsync(string name, int changed)
    {
        string folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        await using (var writer = new JsonlEmbeddingWriter(Path.Combine(folder, "index.npy")))
            await RunAsync(writer, changed);

        return Names.ToDictionary(file => file, file => File.ReadAllBytes(Path.Combine(folder, file)));
    }

    /// <summary>Leaves the partial file of a run, and the earlier index at the target.</summary>
    private async Task InterruptAsync(int changed, Dictionary<string, byte[]> earlier)
    {
        foreach ((string name, byte[] bytes) in earlier)
            await File.WriteAllBytesAsync(_folder.File(name), bytes, Token);

        await using var writer = new JsonlEmbeddingWriter(Index);
        await Assert.ThrowsAsync<EmbeddingException>(() => RunAsync(writer, changed, fail: 29));
    }

    /// <summary>Embeds without a model: the vector depends only on the content.</summary>
    private sealed class ContentService : IEmbeddingService
    {
        public int Fails { get; init; }

        public EmbeddingModel? Model { get; private set; }

        public Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(Model = new FakeEmbeddingService().Description with { Dimensions = 3 });

        public async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
            IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
        {
            EmbeddingModel model = Model ?? await LoadAsync(cancellationToken);
            if (snippets.Any(snippet => snippet.Id == $"{Fails}" && Fails > 0))
                throw new EmbeddingException("as the test wants it", snippets[0].Id);

            return [.. snippets.Select(snippet => new Outcome<CodeEmbedding>(new CodeEmbedding
            {
                Snippet = snippet,
                Vector = [snippet.Content!.Length, snippet.Content.Sum(c => c), snippet.Content[^1] / 3f],
                ModelName = model.Name,
                Precision = model.Precision,
                Normalized = false,
                TokenCount = 3,
                TruncatedTokens = 0,
                Fingerprint = model.Fingerprint,
            }))];
        }

        public void Dispose()
        {
        }
    }
}
