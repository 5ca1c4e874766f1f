namespace CodeEmbed;

/// <summary>The port that turns snippets into embeddings.</summary>
/// <remarks>
///   An implementation can be called from several threads at once. Disposing it while a call runs is the caller's mistake.
/// </remarks>
public interface IEmbeddingService : IDisposable
{
    /// <summary>
    ///   The model, or <see langword="null"/> if none has been loaded yet: the first batch loads it, or <see cref="LoadAsync"/>.
    /// </summary>
    EmbeddingModel? Model { get; }

    /// <summary>
    ///   How many batches at once keep the service busy, also if each has few snippets. This one number decides how far ahead
    ///   a run reads. It may grow when the model is loaded.
    /// </summary>
    int BatchesAtOnce => 1;

    /// <summary>
    ///   Returns events since the last call that a user may want to know about and that change no vector, such as a
    ///   device with too little memory for a run.
    /// </summary>
    /// <returns>Sentences, in the order in which they happened.</returns>
    IReadOnlyList<string> TakeNotices() => [];

    /// <summary>Loads the model, if it is not loaded yet.</summary>
    /// <param name="cancellationToken">Stops the loading within about a second.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default);

    /// <summary>Embeds a batch.</summary>
    /// <param name="snippets">The snippets.</param>
    /// <param name="cancellationToken">Stops the work, the loading of the model included, within about a second.</param>
    /// <returns>
    ///   One outcome for each snippet, in the same order: its embedding, or why this snippet alone has none, which is a <see
    ///   cref="SnippetValidationException"/> or an <see cref="EmbeddingException"/>. The outcome of a snippet does not depend on
    ///   the others; on a device that runs batches, by no more than the order of sums.
    /// </returns>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default);

    /// <summary>Embeds a batch with another prompt than the service's: questions to snippets that it embedded.</summary>
    /// <param name="snippets">The texts.</param>
    /// <param name="prompt">The text that is put before each of them; empty for none.</param>
    /// <param name="cancellationToken">Stops the work, the loading of the model included, within about a second.</param>
    /// <returns>
    ///   What <see cref="EmbedAsync(IReadOnlyList{CodeSnippet}, CancellationToken)"/> returns. The embeddings have the
    ///   fingerprint of those that they will be compared with.
    /// </returns>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="NotSupportedException">The service has no prompts, and one was given.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, string prompt, CancellationToken cancellationToken = default) => prompt.Length == 0
            ? EmbedAsync(snippets, cancellationToken)
            : throw new NotSupportedException("This service has no prompts.");
}
