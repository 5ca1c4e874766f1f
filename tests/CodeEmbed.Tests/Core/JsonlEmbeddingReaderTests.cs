using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Reading embeddings back, and refusing records that are not embeddings.</summary>
public sealed class JsonlEmbeddingReaderTests : IDisposable
{
    private const string Made =
        "\"vector\":[0.25,-1e-3],\"model_name\":\"m\",\"precision\":\"float32\",\"normalized\":false,\"token_count\":7,"
        + "\"truncated_tokens\":2,\"fingerprint\":\"00ff\"";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_properties_of_an_embedding_are_read()
    {
        CodeEmbedding embedding = await ReadAsync(Sample.LineWith(Made));

        Assert.Equal([0.25f, -0.001f], embedding.Vector);
        Assert.Equal(("m", EmbeddingPrecision.Float32, false), (embedding.ModelName, embedding.Precision, embedding.Normalized));
        Assert.Equal((7, 2, "00ff"), (embedding.TokenCount, embedding.TruncatedTokens, embedding.Fingerprint));
        Assert.Equal("x = 1", embedding.Snippet.Content);
    }

    [Fact]
    public async Task The_last_value_of_a_duplicate_name_counts() =>
        Assert.Equal(
            "second", (await ReadAsync(Sample.LineWith($"\"model_name\":1,{Made},\"model_name\":\"second\""))).ModelName);

    [Fact]
    public async Task The_digest_may_replace_the_content()
    {
        CodeEmbedding embedding = await ReadAsync($$"""{"id":"1","file_path":"","language":"","content_sha256":"00",{{Made}}}""");

        Assert.Null(embedding.Snippet.Content);
    }

    [Theory]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":[]", "'vector' is empty")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":[1,\"2\"]", "'vector' holds a string")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":[1,[2]]", "'vector' holds an array")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":[1e39]", "'vector' holds a number that is not a float32")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":1", "'vector' must be an array of numbers or a Base64 string")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":\"1\"", "'vector' is a string, and not the Base64 text")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":\"AACAfw==\"", "'vector' is a string, and not the Base64 text")]
    [InlineData("\"vector\":[0.25,-1e-3]", "\"vector\":\"AACAPwA=\"", "'vector' is a string, and not the Base64 text")]
    [InlineData("\"vector\":[0.25,-1e-3],", "", "'vector' is missing")]
    [InlineData("\"model_name\":\"m\"", "\"model_name\":null", "'model_name' must be a string")]
    [InlineData("\"precision\":\"float32\"", "\"precision\":\"float3\"", "'precision' has the unknown value 'float3'")]
    [InlineData("\"normalized\":false", "\"normalized\":0", "'normalized' must be a boolean")]
    [InlineData("\"token_count\":7", "\"token_count\":7.5", "'token_count' must be an integer")]
    [InlineData("\"token_count\":7", "\"token_count\":-1", "'token_count' is out of range")]
    [InlineData("\"truncated_tokens\":2", "\"truncated_tokens\":3000000000", "'truncated_tokens' is out of range")]
    [InlineData(",\"fingerprint\":\"00ff\"", "", "'fingerprint' is missing")]
    public async Task An_invalid_field_is_named_with_its_line(string right, string wrong, string problem)
    {
        string line = Sample.LineWith(Made.Replace(right, wrong, StringComparison.Ordinal));

        SnippetValidationException error = await Assert.ThrowsAsync<SnippetValidationException>(() => ReadAsync(line));

        Assert.Contains($"in.jsonl:1: the field {problem}", error.Message, StringComparison.Ordinal);
    }

    private async Task<CodeEmbedding> ReadAsync(string line)
    {
        var embeddings = new List<CodeEmbedding>();
        await foreach (CodeEmbedding embedding in new JsonlEmbeddingReader(_folder.WriteLines("in.jsonl", line)).ReadAsync(
            TestContext.Current.CancellationToken).ValuesAsync())
            embeddings.Add(embedding);

        return Assert.Single(embeddings);
    }
}
