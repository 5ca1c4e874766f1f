namespace CodeEmbed;

/// <summary>The port to the embeddings of an earlier run, so that unchanged snippets are not embedded again.</summary>
/// <remarks>
///   A vector is taken for a snippet with the same content, if it has the model's fingerprint: everything that decides it is
///   then the same. Everything else that is written comes from the snippet itself. For one caller at a time.
/// </remarks>
public interface IReusableEmbeddings : IDisposable
{
    /// <summary>
    ///   The files that the embeddings are read from. An output may replace one when the run has ended.
    /// </summary>
    IReadOnlyList<string> Files => [];

    /// <summary>
    ///   How many records there are, once <see cref="BeginAsync"/> has ended; those that are damaged are not counted.
    /// </summary>
    long Records { get; }

    /// <summary>How many of the <see cref="Records"/> have another fingerprint than the model, and are not reused.</summary>
    long Incompatible { get; }

    /// <summary>
    ///   How many of the <see cref="Records"/> have a content that no snippet has been asked for or noted with, whatever their
    ///   fingerprint: at the end of a run, those that are dropped.
    /// </summary>
    long Dropped { get; }

    /// <summary>Reads the records, once and before the first snippet.</summary>
    /// <param name="model">
    ///   The model; <see langword="null"/> if nothing is embedded: then the records are only counted.
    /// </param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A task that ends when everything is read.</returns>
    /// <exception cref="InvalidInputException">A file as a whole is not valid.</exception>
    /// <exception cref="IOException">A file cannot be read, or it changes while it is read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="OperationCanceledException">The reading was stopped.</exception>
    ValueTask BeginAsync(EmbeddingModel? model, CancellationToken cancellationToken = default);

    /// <summary>Finds the embedding of a snippet.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>
    ///   The embedding, with the bits that the model would give, or <see langword="null"/> if the snippet must be embedded.
    /// </returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default);

    /// <summary>Notes a snippet whose embedding is known: its record is not dropped.</summary>
    /// <param name="snippet">The snippet.</param>
    void Note(CodeSnippet snippet);
}
