namespace CodeEmbed.PowerShell.Engine;

/// <summary>The adapter for PostgreSQL. It is loaded when a table is named.</summary>
internal static class PostgresAdapter
{
    private static readonly Adapter Database = new("postgres", "CodeEmbed.Postgres");

    /// <summary>Makes an object that writes and reads a table. It does not connect yet.</summary>
    /// <param name="options">Which table, and how it is written.</param>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    /// <exception cref="EmbeddingOptionException">The table's name is not valid.</exception>
    public static IEmbeddingDatabase Open(EmbeddingTableOptions options) =>
        Database.Make<IEmbeddingDatabase>("PostgresDatabase", options);
}
