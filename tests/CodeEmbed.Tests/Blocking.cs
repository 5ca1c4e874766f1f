namespace CodeEmbed.Tests;

/// <summary>Calls the ports as a test that waits wants them: the values, and the first rejected record as an exception.</summary>
internal static class Blocking
{
    /// <summary>Loads the model.</summary>
    public static EmbeddingModel Load(this IEmbeddingService service, CancellationToken cancellationToken = default) =>
        service.LoadAsync(cancellationToken).GetAwaiter().GetResult();

    /// <summary>Embeds snippets, none of which is to be rejected.</summary>
    public static IReadOnlyList<CodeEmbedding> EmbedBatch(
        this IEmbeddingService service, IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        [.. service.EmbedAsync(snippets, cancellationToken).GetAwaiter().GetResult().Select(Value)];

    /// <summary>Reads records, none of which is to be rejected.</summary>
    public static IAsyncEnumerable<T> ValuesAsync<T>(this IAsyncEnumerable<Outcome<T>> records)
        where T : class => records.Select(Value);

    /// <summary>What was made of a record.</summary>
    public static T Value<T>(this Outcome<T> outcome)
        where T : class => outcome.IsRejected ? throw outcome.Rejected.Reason : outcome.Value;
}
