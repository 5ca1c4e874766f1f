using CodeEmbed.Extensions.AI;
using Microsoft.Extensions.AI;

namespace CodeEmbed.Samples.Api;

/// <summary>The body of a response.</summary>
/// <param name="embeddings">The vectors.</param>
internal sealed class EmbeddingsResponse(GeneratedEmbeddings<Embedding<float>> embeddings)
{
    /// <summary>The model.</summary>
    public string? Model { get; } = embeddings[0].ModelId;

    /// <summary>Vectors with different fingerprints cannot be compared.</summary>
    public object? Fingerprint { get; } = embeddings[0].AdditionalProperties?[CodeEmbeddingProperties.Fingerprint];

    /// <summary>The number of tokens that the model saw.</summary>
    public long? Tokens { get; } = embeddings.Usage?.InputTokenCount;

    /// <summary>One vector for each text, in the same order.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Vectors { get; } = [.. embeddings.Select(embedding => embedding.Vector)];
}
