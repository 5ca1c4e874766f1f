namespace CodeEmbed;

/// <summary>The port to a table of a database server that holds embeddings.</summary>
/// <remarks>For one thread at a time.</remarks>
public interface IEmbeddingDatabase : IDisposable
{
    /// <summary>Which table of which database, for messages; nothing secret.</summary>
    string Name { get; }

    /// <summary>
    ///   Sees, before anything is embedded, that the server answers and that the table takes the embeddings of a model.
    /// </summary>
    /// <param name="model">The model; <see langword="null"/> where it is not known yet.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The server does not answer, or refuses; or the table is not such a one.</exception>
    ValueTask RequireReadyAsync(EmbeddingModel? model, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Puts rows into the table, all or none of them. Where the connection is lost, it tries again.
    /// </summary>
    /// <param name="header">What all rows have in common.</param>
    /// <param name="rows">Reads the rows, from the first on, each time it is called.</param>
    /// <param name="cancellationToken">Stops it; then none is in the table.</param>
    /// <exception cref="IOException">The table could not be written; the message says what is in it.</exception>
    ValueTask WriteAsync(
        EmbeddingStoreHeader header,
        Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows,
        CancellationToken cancellationToken = default);
}
