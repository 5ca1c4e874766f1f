using CodeEmbed.Extensions.AI;

namespace CodeEmbed.Samples.Api;

/// <summary>The body of a request.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="Kind">The kind of the texts: <c>document</c> or <c>query</c>.</param>
internal sealed record EmbeddingsRequest(IReadOnlyList<string>? Texts, string Kind = CodeEmbeddingProperties.Document);
