using System.Numerics.Tensors;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The parameters of ConvertTo-CodeEmbedding that change the output.</summary>
public sealed class ConvertToCodeEmbeddingTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Normalization_can_be_skipped()
    {
        CodeEmbedding scaled = Embed(string.Empty), raw = Embed("-SkipNormalization");

        Assert.True(scaled.Normalized);
        Assert.False(raw.Normalized);
        Assert.NotEqual(1, TensorPrimitives.Norm(raw.Vector), 0.1f);
        Assert.NotEqual(scaled.Fingerprint, raw.Fingerprint);
    }

    [Fact]
    public void The_language_of_strings_can_be_specified() => Assert.Equal("rust", Embed("-Language rust").Snippet.Language);

    [Fact]
    public void The_language_of_strings_is_empty_by_default() => Assert.Equal(string.Empty, Embed(string.Empty).Snippet.Language);

    private CodeEmbedding Embed(string arguments) => (CodeEmbedding)_session.Run(
        $"'fn main() {{}}' | ConvertTo-CodeEmbedding -Model $Model {arguments}",
        ("Model", Repository.Fixture("tiny-roberta"))).Output.Single().BaseObject;
}
