using System.IO.Compression;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Tests.Core;
using CodeEmbed.Tests.Staged;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Hostile JSON Lines files.</summary>
[Collection(Alone.Name)]
public sealed class JsonlFuzzTests : IDisposable
{
    private const string Plain = "in.jsonl", Packed = "in.jsonl.gz", Zstandard = "in.jsonl.zst";

    private const string Snippet =
        """{"id":"1","file_path":"a.py","language":"python","content":"x = \"\\n\" # \u00e4\ud800 """
        + """\ud83d\ude00","version":null,"chunk_name":"f","metadata":{"a":[1,2.5,{"b":null}]},"more":[true,1e3]}""";

    private const string Embedding =
        """{"id":"2","file_path":"","language":"","content":"","vector":[0.6,-0.8,1e-30]"""
        + ""","model_name":"m","precision":"float32","normalized":true,"token_count":3,"truncated_tokens":0"""
        + ""","fingerprint":"0123456789abcdef"}""";

    private static readonly byte[] Records = Encoding.UTF8.GetBytes($"\uFEFF{Snippet}\r\n\n{Embedding}\n{Snippet}");

    private static readonly PropertyMap Map = new(
        new Dictionary<string, string> { ["id"] = "chunk_name", ["content"] = "id", ["version"] = "metadata.a" });

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Fuzz]
    public void A_hostile_file_is_read_or_refused() => new FuzzRun("jsonl", Make, ReadBoth, IsNamed).Run(600);

    [Fact]
    [Fuzz]
    public void A_record_that_is_read_can_be_written_and_read_again() =>
        new FuzzRun("jsonl-again", MakeRecord, WriteAndReadAgain, IsNamed).Run(250);

    [Fact]
    [Fuzz]
    public void A_hostile_file_is_reused_or_refused() => new FuzzRun("jsonl-reused", Make, Reuse, IsNamed).Run(400);

    [Fact]
    public void A_valid_file_cut_at_any_position_gives_the_whole_lines_and_an_error_with_the_line_of_the_cut()
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"{Snippet}\n{Embedding}\n");
        int first = Encoding.UTF8.GetByteCount(Snippet), second = bytes.Length - 1;
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            File.WriteAllBytes(_folder.File(Plain), bytes[..cut]);
            var read = new List<CodeSnippet>();
            Exception? exception = Record.Exception(
                () => read.AddRange(Read(
                    new JsonlSnippetReader(_folder.File(Plain)).ReadAsync(TestContext.Current.CancellationToken).ValuesAsync())));

            int line = cut > first + 1 ? 2 : 1;
            bool isWhole = cut == 0 || cut == first || cut == first + 1 || cut >= second;
            Assert.True(
                isWhole ? exception is null : exception is InvalidInputException { Place.Line: var place } && place == line,
                $"Cut at {cut}: {exception}");
            Assert.True(!isWhole || read.Count == (cut == 0 ? 0 : line), $"Cut at {cut}: {read.Count} records.");
        }
    }

    private static FuzzCase Make(Random random)
    {
        switch (random.Next(11))
        {
            case 0:
                byte[] noise = new byte[random.Next(1, 3000)];
                random.NextBytes(noise);
                return new FuzzCase("noise", (random.Next(2) == 0 ? Plain : Packed, noise));
            case 1:
                return new FuzzCase("a cut", (Plain, Records[..random.Next(Records.Length)]));
            case 2:
                return new FuzzCase("changed gzip", (Packed, ByteMutation.Change(random, Pack(Records, random))));
            case 3:
                return new FuzzCase(
                    "a cut in gzip", (Packed, [.. Pack(Records, random), .. Pack(Records, random)[..^random.Next(40)]]));
            case 4 or 5:
                return new FuzzCase("changed bytes", (Plain, ByteMutation.Change(random, Records)));
            case 6:
                return new FuzzCase(
                    "a packed bomb", (Packed, Pack([.. Records, (byte)'\n', .. new byte[random.Next(1 << 20)]], random)));
            case 7:
                byte[] array = Encoding.UTF8.GetBytes($"[{Snippet} ,\n{Embedding}]");
                return new FuzzCase("a changed array", (Plain, ByteMutation.Change(random, array)));
            case 8 or 9:
                return new FuzzCase("changed Zstandard data", (Zstandard, ByteMutation.Change(random, PackByZstandard(Records))));
            default:
                return MakeRecord(random);
        }
    }

    private static byte[] PackByZstandard(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (Stream stream = new ZstandardCodec().Compress(packed))
            stream.Write(bytes);

        return packed.ToArray();
    }

    private static FuzzCase MakeRecord(Random random) =>
        new(
            "changed JSON",
            (Plain, JsonMutation.Change(random, Encoding.UTF8.GetBytes(random.Next(2) == 0 ? Snippet : Embedding))));

    private void ReadBoth(FuzzCase made)
    {
        string path = Write(made);
        Exception? snippets = Record.Exception(() => Check(Read(Reading.Reader(path).ReadAsync().ValuesAsync())));
        Exception? embeddings = Record.Exception(
            () => Check(Read(new JsonlEmbeddingReader(path) { Zstandard = new ZstandardCodec() }
                .ReadAsync().ValuesAsync()).Select(embedding => embedding.Snippet)));

        // If records are rejected, only an unreadable file may end the reading.
        Exception? skipping = Record.Exception(
            () => Check(Read(Reading.Reader(path).ReadAsync().Select(record => record.Value).OfType<CodeSnippet>())));
        Assert.True(skipping is null || (skipping is InvalidInputException && snippets is not null), $"{skipping}");
        Exception? mapped = Record.Exception(() => Check(Read(Reading.Reader(path, Map).ReadAsync().ValuesAsync())));
        foreach (Exception exception in new[] { embeddings, snippets, mapped }.OfType<Exception>())
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
    }

    /// <summary>Every reused record has the model's fingerprint, its dimensions and the content.</summary>
    private void Reuse(FuzzCase made)
    {
        using var reusable = new JsonlReusableEmbeddings([Write(made)]) { Zstandard = new ZstandardCodec() };
        EmbeddingModel model = new FakeEmbeddingService().Description with
        {
            Dimensions = 3,
            Fingerprint = "0123456789abcdef"
        };
        Wait(reusable.BeginAsync(model).AsTask());
        CodeSnippet snippet = new() { Id = "1", FilePath = string.Empty, Language = string.Empty, Content = string.Empty };
        Task<CodeEmbedding?> finding = reusable.FindAsync(snippet).AsTask();
        Wait(finding);
        Assert.True(finding.Result is null or { Vector.Length: 3 });
        Assert.InRange(reusable.Dropped, 0, reusable.Records);

        static void Wait(Task task) => task.GetAwaiter().GetResult();
    }

    private void WriteAndReadAgain(FuzzCase made)
    {
        List<CodeSnippet> snippets = Read(new JsonlSnippetReader(Write(made)).ReadAsync().ValuesAsync());
        if (snippets.Count == 0)
            return;

        string target = _folder.File("out.jsonl");
        var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Force = true });
        writer.WriteAsync([.. snippets.Select(snippet => Sample.Embedding(snippet, 1))]).AsTask().GetAwaiter().GetResult();
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();

        List<CodeEmbedding> again = Read(new JsonlEmbeddingReader(writer.PartialFile!).ReadAsync().ValuesAsync());
        Assert.Equal(snippets.Select(Describe), again.Select(embedding => Describe(embedding.Snippet)));
    }

    private static string Describe(CodeSnippet snippet) => System.Text.Json.JsonSerializer.Serialize(
        new[]
        {
            snippet.Id,
            snippet.FilePath,
            snippet.Language,
            snippet.Content,
            snippet.Version,
            snippet.GitHash,
            snippet.ChunkName,
            snippet.ChunkType
        }
            .Select(text => text?.ToCharArray().Select(character => (int)character)));

    private static void Check(IEnumerable<CodeSnippet> snippets)
    {
        foreach (CodeSnippet snippet in snippets)
        {
            Assert.NotEmpty(snippet.Id);
            Assert.NotNull(snippet.FilePath);
            Assert.NotNull(snippet.Language);
            _ = snippet.Metadata;
        }
    }

    private string Write(FuzzCase made)
    {
        (string name, byte[] bytes) = made.Files[0];
        File.WriteAllBytes(_folder.File(name), bytes);
        return _folder.File(name);
    }

    private static List<T> Read<T>(IAsyncEnumerable<T> records) => records.ToListAsync().AsTask().GetAwaiter().GetResult();

    private static byte[] Pack(byte[] bytes, Random random)
    {
        CompressionLevel[] levels = [CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.SmallestSize];
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, levels[random.Next(3)]))
            gzip.Write(bytes);

        return packed.ToArray();
    }

    private static bool IsNamed(Exception exception) => exception is InvalidInputException or SnippetValidationException;
}
