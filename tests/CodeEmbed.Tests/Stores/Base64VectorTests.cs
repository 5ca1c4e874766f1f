using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Stores;

/// <summary>Vectors in Base64 (RFC 4648) of little-endian float32.</summary>
public sealed class Base64VectorTests : IDisposable
{
    // python3 -c "import base64, struct; print(base64.b64encode(struct.pack('<3f', 1, -0.5, 3e38)).decode())"
    private const string Text = "AACAPwAAAL/msWF/";

    private static readonly float[] Numbers = [1, -0.5f, 3e38f];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_line_has_the_bytes_of_the_vector_as_text()
    {
        string file = await WriteAsync("out.jsonl", Numbers);

        JsonElement record = JsonDocument.Parse(await File.ReadAllTextAsync(file, Token)).RootElement;
        Assert.Equal(Text, record.GetProperty("vector").GetString());
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    public async Task Every_reader_accepts_it(string name)
    {
        string file = await WriteAsync(name, Numbers);

        Assert.Equal(Numbers, Assert.Single(await StoreFiles.ReadAsync(file)).Vector);
        await foreach (VectorBlock block in new JsonlVectorSource(file).ReadAsync(Token))
            Assert.Equal(Numbers, block.VectorAt(0));

        using var reusable = new JsonlReusableEmbeddings([file]);
        await reusable.BeginAsync(model: null, Token);
        Assert.Equal(1, reusable.Records);
    }

    [Fact]
    public async Task An_array_and_mixed_lines_are_read()
    {
        string line = (await File.ReadAllTextAsync(await WriteAsync("out.jsonl", Numbers), Token)).TrimEnd();
        string numbers = line.Replace($"\"{Text}\"", "[1,-0.5,3e38]", StringComparison.Ordinal);
        string escaped = line.Replace("AACAP", "\\u0041ACAP", StringComparison.Ordinal);
        string array = _folder.File("array.json");
        await File.WriteAllTextAsync(array, $"[{line},\n{numbers}]", Token);

        foreach (string file in (string[])[array, _folder.WriteLines("mixed.jsonl", line, numbers, escaped)])
            Assert.All(await StoreFiles.ReadAsync(file), embedding => Assert.Equal(Numbers, embedding.Vector));
    }

    [Fact]
    public async Task A_binary_index_has_the_same_vectors()
    {
        string file = await WriteAsync("index.npy", Numbers);

        Assert.Equal(Numbers, Assert.Single(await StoreFiles.ReadAsync(file)).Vector);
        string records = await File.ReadAllTextAsync(_folder.File("index.jsonl"), Token);
        Assert.DoesNotContain("vector", records, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AACAPw=")]
    [InlineData("AACAPwAA")]
    [InlineData("AACAP*AAAL/msWF/")]
    [InlineData("AADAfwAAAL/msWF/")]
    public async Task Invalid_Base64_is_a_bad_record(string text)
    {
        string line = (await File.ReadAllTextAsync(await WriteAsync("out.jsonl", Numbers), Token)).TrimEnd();
        string file = _folder.WriteLines("bad.jsonl", line.Replace(Text, text, StringComparison.Ordinal), line);

        var rejected = new List<RejectedRecord>();
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(file).ReadAsync(Token))
        {
            if (record.IsRejected)
                rejected.Add(record.Rejected);
        }

        Assert.Contains("is a string, and not the Base64 text", Assert.Single(rejected).Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_with_another_encoding_is_not_resumed()
    {
        var options = new JsonlWriterOptions { VectorEncoding = EmbeddingVectorEncoding.Base64 };
        string file = _folder.File("out.jsonl");
        await using (var writer = new JsonlEmbeddingWriter(file, options))
        {
            writer.Begin(new EmbeddingRun());
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);
        }

        await using var other = new JsonlEmbeddingWriter(file, new JsonlWriterOptions { Resume = true });
        var error = Assert.Throws<OutputException>(() => other.Begin(new EmbeddingRun()));

        Assert.Contains("vector_encoding", error.Message, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(string name, float[] vector)
    {
        string file = _folder.File(name);
        var options = new JsonlWriterOptions { VectorEncoding = EmbeddingVectorEncoding.Base64 };
        await using var writer = new JsonlEmbeddingWriter(file, options);
        await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"), vector)], Token);
        await writer.CompleteAsync(Token);
        return file;
    }
}
