using CodeEmbed.Jsonl;
using CodeEmbed.Onnx;
using CodeEmbed.Pipeline;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>An output whose vectors were reused from an earlier one, compared with one that the model computed.</summary>
public sealed class ReusedVectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EmbeddingOverflow.Truncate, EmbeddingPrecision.Float32)]
    [InlineData(EmbeddingOverflow.Window, EmbeddingPrecision.Float32)]
    [InlineData(EmbeddingOverflow.Truncate, EmbeddingPrecision.Int8)]
    public async Task Its_bytes_equal_a_fresh_run(EmbeddingOverflow overflow, EmbeddingPrecision precision)
    {
        using var service = new OnnxEmbeddingService(FixtureModels.Options(FixtureModels.Tiny) with
        {
            MaxLength = 64,
            Overflow = overflow,
            Precision = precision,
        });
        string target = _folder.File("out.jsonl"), fresh = _folder.File("fresh.jsonl");
        CodeSnippet[] old = Snippets.OfTexts();
        CodeSnippet[] snippets =
            [.. old[30..].Select((snippet, i) => Snippets.Of(i % 7 == 3 ? $"{snippet.Content} #" : snippet.Content, $"new {i}"))];
        await RunAsync(old, service, target);
        await RunAsync(snippets, service, fresh);

        using var reusable = new JsonlReusableEmbeddings([target]);
        ReuseReport? report = await RunAsync(snippets, service, target, reusable);

        Assert.Equal(
            await File.ReadAllBytesAsync(fresh, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
        Assert.Equal(snippets.Length, report!.Reused + report.Embedded);
        Assert.InRange(report.Embedded, 1, snippets.Length / 7 + 1);
    }

    private static async Task<ReuseReport?> RunAsync(
        CodeSnippet[] snippets, OnnxEmbeddingService service, string target, IReusableEmbeddings? reusable = null)
    {
        await using var writer = new JsonlEmbeddingWriter(target);
        var pipeline = new EmbeddingPipeline(new Core.ListedSnippets(snippets), service, writer, reusable: reusable);
        return (await pipeline.RunAsync(TestContext.Current.CancellationToken)).Reuse;
    }
}
