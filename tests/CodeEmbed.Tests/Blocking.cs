namespace CodeEmbed.Tests;

/// <summary>Synchronous calls for tests: they return the values, and throw the reason of the first rejected record.</summary>
internal static class Blocking
{
    /// <summary>Loads the model.</summary>
    public static EmbeddingModel Load(this IEmbeddingService service, CancellationToken cancellationToken = default) =>
        service.LoadAsync(cancellationToken).GetAwaiter().GetResult();

    /// <summary>Embeds snippets, none of which may be rejected.</summary>
    public static IReadOnlyList<CodeEmbedding> EmbedBatch(
        this IEmbeddingService service, IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        [.. service.EmbedAsync(snippets, cancellationToken).GetAwaiter().GetResult().Select(Value)];

    /// <summary>Reads records, none of which may be rejected.</summary>
    public static IAsyncEnumerable<T> ValuesAsync<T>(this IAsyncEnumerable<Outcome<T>> records)
        where T : class => records.Select(Value);

    /// <summary>The result for a record.</summary>
    public static T Value<T>(this Outcome<T> outcome)
        where T : class => outcome.IsRejected ? throw outcome.Rejected.Reason : outcome.Value;
}
