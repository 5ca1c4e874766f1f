namespace CodeEmbed.PowerShell.Engine;

/// <summary>What knows PostgreSQL. It is loaded when a table is named.</summary>
internal static class PostgresAdapter
{
    private static readonly Adapter Database = new("postgres", "CodeEmbed.Postgres");

    /// <summary>Makes what writes and reads a table. No server is asked.</summary>
    /// <param name="options">Which table, and how it is written.</param>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    /// <exception cref="EmbeddingOptionException">The table's name is none.</exception>
    public static IEmbeddingDatabase Open(EmbeddingTableOptions options) =>
        Database.Make<IEmbeddingDatabase>("PostgresDatabase", options);
}
