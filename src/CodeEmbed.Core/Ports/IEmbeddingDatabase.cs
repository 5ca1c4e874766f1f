namespace CodeEmbed;

/// <summary>The port to a table of a database server that holds embeddings.</summary>
/// <remarks>For one thread at a time.</remarks>
public interface IEmbeddingDatabase : IDisposable
{
    /// <summary>Which table of which database, for messages; nothing secret.</summary>
    string Name { get; }

    /// <summary>What the last <see cref="WriteAsync"/> changed; <see langword="null"/> while there was none.</summary>
    EmbeddingDatabaseChange? Change { get; }

    /// <summary>
    ///   Sees, before anything is embedded, that the server answers and that the table takes the embeddings of a model.
    /// </summary>
    /// <param name="model">The model; <see langword="null"/> where it is not known yet.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreException">
    ///   The server does not answer, or refuses; or the table is not such a one, or holds the vectors of another model.
    /// </exception>
    ValueTask RequireReadyAsync(EmbeddingModel? model, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Puts rows into the table, all or none of them. Where the connection is lost, it tries again. Of rows with the same id,
    ///   the last one counts.
    /// </summary>
    /// <param name="header">What all rows have in common.</param>
    /// <param name="rows">Reads the rows, from the first on, each time it is called.</param>
    /// <param name="cancellationToken">Stops it; unless the server was about to confirm, none is in the table then.</param>
    /// <exception cref="StoreException">The table could not be written; the message says what is in it.</exception>
    ValueTask WriteAsync(
        EmbeddingStoreHeader header,
        Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows,
        CancellationToken cancellationToken = default);

    /// <summary>Tells what is in the table.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    ValueTask<EmbeddingTableContent> DescribeAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds the rows whose vectors are nearest to one by the cosine.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The rows, as the server orders them: the nearest first.</returns>
    /// <exception cref="StoreException">The table cannot be read.</exception>
    ValueTask<IReadOnlyList<EmbeddingRow>> FindAsync(
        EmbeddingTableQuery query, CancellationToken cancellationToken = default);
}

/// <summary>What a write changed in a table.</summary>
/// <param name="Changed">How many rows were inserted or are other than they were.</param>
/// <param name="Deleted">How many rows were deleted, as their source no longer has them.</param>
/// <param name="Repeated">How many rows were left out, as a later one had the same id.</param>
public sealed record EmbeddingDatabaseChange(long Changed, long Deleted, long Repeated);

/// <summary>What is in a table.</summary>
/// <param name="First">One of its rows; <see langword="null"/> where there is none.</param>
/// <param name="Model">
///   What made the rows: see <see cref="EmbeddingStoreHeader.Model"/>; <see langword="null"/> where that is not known.
/// </param>
public sealed record EmbeddingTableContent(EmbeddingRow? First, string? Model);

/// <summary>What is looked for in a table.</summary>
/// <param name="Vector">The vector that rows are to be near to, of the length of theirs.</param>
/// <param name="Count">How many rows are wanted at most.</param>
public sealed record EmbeddingTableQuery(float[] Vector, int Count)
{
    /// <summary>
    ///   Patterns for the language: a row that one of them matches is wanted; none for all. <c>*</c>, <c>?</c> and <c>[a-z]</c>
    ///   mean what they mean in PowerShell, a backtick takes a character as it is, and upper and lower case are the same.
    /// </summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>The same for the file path.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}
