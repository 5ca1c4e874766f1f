namespace CodeEmbed;

/// <summary>Which table of a database server holds embeddings, and how it is written.</summary>
/// <remarks>It may hold a password, and so says nothing of itself.</remarks>
public sealed class EmbeddingTableOptions
{
    /// <summary>Where the server is and how to connect, as its library has it; what is missing comes from the environment.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The table, or the schema and the table with a dot between them. A name in double quotes may hold dots.</summary>
    public required string Table { get; init; }

    /// <summary>Who connects, where the connection string does not say it.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>
    ///   Whose rows are written: of this source, what is not written again is deleted. Rows of other sources stay as they are.
    ///   <see langword="null"/> to write rows of no source, and to delete none.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Makes the table where it is not there.</summary>
    public bool CreateTable { get; init; }

    /// <summary>Makes an index of the vectors where there is none.</summary>
    public bool CreateIndex { get; init; }
}
