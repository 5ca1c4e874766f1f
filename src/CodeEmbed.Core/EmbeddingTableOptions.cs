namespace CodeEmbed;

/// <summary>The table of a database server that holds embeddings, and how it is written.</summary>
/// <remarks>It may hold a password, so its text shows none of its values.</remarks>
public sealed class EmbeddingTableOptions
{
    /// <summary>
    ///   The server and how to connect to it, in the form that its library takes; missing values come from the environment.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>The table, or the schema and the table with a dot between them. A name in double quotes may hold dots.</summary>
    public required string Table { get; init; }

    /// <summary>
    ///   The user who connects. With <see cref="Password"/>, it replaces what the connection string says; <see langword="null"/>
    ///   to keep that.
    /// </summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>
    ///   The source of the rows. Rows of this source that are not written again are deleted. Rows of other sources stay.
    ///   <see langword="null"/> to write rows of no source, and to delete none.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Makes the table if it does not exist.</summary>
    public bool CreateTable { get; init; }

    /// <summary>Creates an HNSW index for cosine distance on the vectors, unless the table already has one.</summary>
    public bool CreateIndex { get; init; }
}
