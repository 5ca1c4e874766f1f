namespace CodeEmbed;

/// <summary>The port that turns snippets into embeddings.</summary>
/// <remarks>
///   An implementation can be called from several threads at once. Disposing it while a call runs is the caller's mistake.
/// </remarks>
public interface IEmbeddingService : IDisposable
{
    /// <summary>The model, or <see langword="null"/> while none has been loaded: the first batch loads it, or <see cref="Load"/>.</summary>
    EmbeddingModel? Model { get; }

    /// <summary>How many batches at once keep the service busy, also where each has few snippets.</summary>
    int BatchesAtOnce => 1;

    /// <summary>Loads the model, where it is not loaded yet. Blocks until it is done.</summary>
    /// <param name="cancellationToken">Stops the loading within about a second.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    EmbeddingModel Load(CancellationToken cancellationToken = default);

    /// <summary>Embeds a batch. Blocks until it is done.</summary>
    /// <param name="snippets">The snippets; each is checked before the first is embedded.</param>
    /// <param name="cancellationToken">Stops the work, the loading of the model included, within about a second.</param>
    /// <returns>
    ///   One embedding for each snippet, in the same order. What a snippet gets does not depend on the others.
    /// </returns>
    /// <exception cref="SnippetValidationException">A snippet lacks a required property, or has an empty id.</exception>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="EmbeddingException">The model fails on the batch.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IReadOnlyList<CodeEmbedding> EmbedBatch(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default);

    /// <summary>Embeds a batch as <see cref="EmbedBatch"/> does, without holding up the caller.</summary>
    /// <param name="snippets">The snippets.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>A task that ends with the batch, or fails as <see cref="EmbedBatch"/> does.</returns>
    Task<IReadOnlyList<CodeEmbedding>> EmbedBatchAsync(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default) =>
        Task.Run(() => EmbedBatch(snippets, cancellationToken), cancellationToken);
}
