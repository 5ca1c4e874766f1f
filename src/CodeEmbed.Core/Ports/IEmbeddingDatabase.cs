namespace CodeEmbed;

/// <summary>The port to a table of a database server that holds embeddings.</summary>
/// <remarks>For one thread at a time.</remarks>
public interface IEmbeddingDatabase : IDisposable
{
    /// <summary>The table and its database, for messages; nothing secret.</summary>
    string Name { get; }

    /// <summary>What the last <see cref="WriteAsync"/> changed; <see langword="null"/> before the first.</summary>
    EmbeddingDatabaseChange? Change { get; }

    /// <summary>
    ///   Checks, before anything is embedded, that the server answers and that the table accepts the embeddings of a model.
    /// </summary>
    /// <param name="model">The model; <see langword="null"/> if it is not known yet.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreException">
    ///   The server does not answer, or refuses; or the table is not one of embeddings, or holds vectors from another model.
    /// </exception>
    ValueTask RequireReadyAsync(EmbeddingModel? model, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Puts rows into the table, all or none of them. If the connection is lost, it tries again. If rows have the same id,
    ///   the last one counts.
    /// </summary>
    /// <param name="header">What all rows have in common.</param>
    /// <param name="rows">Reads the rows, from the first on, each time it is called.</param>
    /// <param name="cancellationToken">
    ///   Stops it; unless the server was about to confirm, none of the rows is in the table then.
    /// </param>
    /// <exception cref="StoreException">The table could not be written; the message says what is in it.</exception>
    ValueTask WriteAsync(
        EmbeddingStoreHeader header,
        Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows,
        CancellationToken cancellationToken = default);

    /// <summary>Returns what is in the table.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    ValueTask<EmbeddingTableContent> DescribeAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds the rows whose vectors are nearest to one by the cosine.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The rows, as the server orders them: the nearest first.</returns>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    ValueTask<IReadOnlyList<EmbeddingRow>> FindAsync(
        EmbeddingTableQuery query, CancellationToken cancellationToken = default);

    /// <summary>Lists the languages of the rows that patterns match.</summary>
    /// <param name="languages">See <see cref="EmbeddingTableQuery.Languages"/>.</param>
    /// <param name="files">See <see cref="EmbeddingTableQuery.Files"/>.</param>
    /// <param name="count">How many languages are wanted at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Each language once, the first ones in the order of their characters.</returns>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    ValueTask<IReadOnlyList<string>> ListLanguagesAsync(
        IReadOnlyList<string> languages, IReadOnlyList<string> files, int count, CancellationToken cancellationToken = default);
}

/// <summary>What a write changed in a table.</summary>
/// <param name="Changed">How many rows were inserted or changed.</param>
/// <param name="Deleted">How many rows were deleted, as their source no longer has them.</param>
/// <param name="Repeated">How many rows were left out, as a later one had the same id.</param>
public sealed record EmbeddingDatabaseChange(long Changed, long Deleted, long Repeated);

/// <summary>What is in a table.</summary>
/// <param name="First">One of its rows; <see langword="null"/> if the table is empty.</param>
/// <param name="Model">
///   The model that made the rows: see <see cref="EmbeddingStoreHeader.Model"/>; <see langword="null"/> if that is not known.
/// </param>
public sealed record EmbeddingTableContent(EmbeddingRow? First, string? Model);

/// <summary>A query to a table.</summary>
/// <param name="Vector">The vector to search near, of the same length as those of the rows.</param>
/// <param name="Count">How many rows are wanted at most.</param>
public sealed record EmbeddingTableQuery(float[] Vector, int Count)
{
    /// <summary>
    ///   Patterns for the language: a row that one of them matches is wanted; none for all. <c>*</c>, <c>?</c> and <c>[a-z]</c>
    ///   mean the same as in PowerShell, a backtick escapes a character, and case is ignored.
    /// </summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>The same for the file path.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}
