using CodeEmbed.Extensions.AI;

namespace CodeEmbed.Samples.Api;

/// <summary>What is asked.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="Kind">What they are: <c>document</c> or <c>query</c>.</param>
internal sealed record EmbeddingsRequest(IReadOnlyList<string>? Texts, string Kind = CodeEmbeddingProperties.Document);
