using System.Management.Automation;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>The adapter for PostgreSQL. It is loaded when a table is named.</summary>
internal static class PostgresAdapter
{
    private static readonly Adapter Database = new("postgres", "CodeEmbed.Postgres");

    /// <summary>Makes an object that writes and reads a table. It does not connect yet.</summary>
    /// <param name="connectionString">See <see cref="EmbeddingTableOptions.ConnectionString"/>.</param>
    /// <param name="table">See <see cref="EmbeddingTableOptions.Table"/>.</param>
    /// <param name="credential">The user who connects, and the password, if they were given.</param>
    /// <param name="source">See <see cref="EmbeddingTableOptions.Source"/>.</param>
    /// <param name="createTable">See <see cref="EmbeddingTableOptions.CreateTable"/>.</param>
    /// <param name="createIndex">See <see cref="EmbeddingTableOptions.CreateIndex"/>.</param>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    /// <exception cref="EmbeddingOptionException">The table's name is not valid.</exception>
    public static IEmbeddingDatabase Open(
        string connectionString,
        string table,
        PSCredential? credential,
        string? source = null,
        bool createTable = false,
        bool createIndex = false) => Database.Make<IEmbeddingDatabase>(
            "PostgresDatabase",
            new EmbeddingTableOptions
            {
                ConnectionString = connectionString,
                Table = table,
                User = credential?.UserName,
                Password = credential?.GetNetworkCredential().Password,
                Source = source,
                CreateTable = createTable,
                CreateIndex = createIndex,
            });
}
