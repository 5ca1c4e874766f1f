using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>What a database has for embeddings: pgvector, and the table.</summary>
internal sealed record TableState
{
    /// <summary>The oldest server that pgvector works with.</summary>
    private const int OldestServer = 13;

    /// <summary>pgvector's schema, in SQL.</summary>
    public required string VectorSchema { get; init; }

    /// <summary>pgvector's version.</summary>
    public required Version VectorVersion { get; init; }

    /// <summary>The table, or <see langword="null"/> if it does not exist.</summary>
    public long? Table { get; init; }

    /// <summary>The schema where the table is or would be created; <see langword="null"/> if it does not exist.</summary>
    public string? Schema { get; init; }

    /// <summary>Whether the user may create tables in the schema.</summary>
    public bool MayCreate { get; init; }

    /// <summary>Whether the user may create temporary tables.</summary>
    public bool MayStage { get; init; }

    /// <summary>Whether the table of models exists.</summary>
    public bool HasModels { get; init; }

    /// <summary>What the user may not do with the table.</summary>
    public IReadOnlyList<string> Denied { get; init; } = [];

    /// <summary>What is wrong with the table's columns, as clauses.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Whether the source and the id are a key.</summary>
    public bool HasKey { get; init; }

    /// <summary>The length of the table's vectors; 0 if it is not fixed.</summary>
    public int Dimensions { get; init; }

    /// <summary>Whether the vectors have an index for the cosine.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>Whether one of these indexes is IVFFlat, which gives only rows of the lists that it probes.</summary>
    public bool HasIvfFlat { get; init; }

    /// <summary>pgvector's type in SQL.</summary>
    public string VectorType => $"{VectorSchema}.\"vector\"";

    /// <summary>The name of the table of models in SQL.</summary>
    public string Models => $"{TableName.Quote(Schema!)}.{TableName.Quote(TableLayout.Models)}";

    /// <summary>Looks at the database.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnusableException">There is no pgvector, or the server is too old.</exception>
    public static async Task<TableState> ReadAsync(
        NpgsqlConnection connection, TableName name, CancellationToken cancellationToken)
    {
        TableState state = await ReadDatabaseAsync(connection, name, cancellationToken).ConfigureAwait(false);
        return state.Table is { } table
            ? await ReadTableAsync(connection, state, table, cancellationToken).ConfigureAwait(false)
            : state;
    }

    private static async Task<TableState> ReadDatabaseAsync(
        NpgsqlConnection connection, TableName name, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT current_setting('server_version_num')::int / 10000,
                (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'vector'),
                (SELECT e.extversion::text FROM pg_extension e WHERE e.extname = 'vector'),
                EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector'),
                s.schema, to_regclass($1)::oid::int8,
                s.schema IS NOT NULL AND has_schema_privilege(s.schema, 'CREATE'),
                has_database_privilege(current_database(), 'TEMP'),
                s.schema IS NOT NULL AND to_regclass(quote_ident(s.schema) || '."codeembed_models"') IS NOT NULL
            FROM (SELECT coalesce(
                (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.oid = to_regclass($1)),
                (SELECT n.nspname::text FROM pg_namespace n WHERE n.nspname = $2),
                CASE WHEN $2 = '' THEN current_schema()::text END) AS schema) s
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name.Sql });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name.Schema ?? string.Empty });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.GetInt32(0) < OldestServer)
        {
            throw new UnusableException(
                $"the server is PostgreSQL {reader.GetInt32(0)}, and {OldestServer} is the oldest with pgvector.");
        }

        if (reader.IsDBNull(1))
        {
            throw new UnusableException(
                reader.GetBoolean(3)
                    ? "the database does not have the extension 'vector'. Its owner or a superuser can create it with 'CREATE "
                        + "EXTENSION vector'."
                    : "the server does not have pgvector. Install it there, then run 'CREATE EXTENSION vector' in the database.");
        }

        return new TableState
        {
            VectorSchema = reader.GetString(1),
            VectorVersion = Version.TryParse(reader.GetString(2), out Version? version) ? version : new Version(),
            Schema = reader.IsDBNull(4) ? null : reader.GetString(4),
            Table = reader.IsDBNull(5) ? null : reader.GetInt64(5),
            MayCreate = reader.GetBoolean(6),
            MayStage = reader.GetBoolean(7),
            HasModels = reader.GetBoolean(8),
        };
    }

    private static async Task<TableState> ReadTableAsync(
        NpgsqlConnection connection, TableState state, long table, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT c.relkind IN ('r', 'p'),
                has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'),
                has_table_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE'),
                EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                    AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
                    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('id', 'source')
                        AND a.attnum = ANY ((i.indkey::int2[])[0:1])) = 2),
                ARRAY(SELECT m.amname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                    JOIN pg_am m ON m.oid = x.relam JOIN pg_opclass o ON o.oid = i.indclass[0]
                    WHERE i.indrelid = c.oid AND i.indisvalid AND m.amname IN ('hnsw', 'ivfflat')
                        AND o.opcname = 'vector_cosine_ops')::text,
                a.attname::text, t.typname::text, a.atttypmod,
                a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
            FROM pg_class c
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_type t ON t.oid = a.atttypid
            WHERE c.oid = $1::oid
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = table });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var columns = new Dictionary<string, (string Type, int Modifier, bool IsRequired)>();
        string[] rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!reader.GetBoolean(0))
                throw new UnusableException("it is not a table.");

            if (!reader.IsDBNull(7))
                columns[reader.GetString(7)] = (reader.GetString(8), reader.GetInt32(9), reader.GetBoolean(10));

            state = state with
            {
                Denied = [.. rights.Where((_, i) => !reader.GetBoolean(i + 1))],
                HasKey = reader.GetBoolean(5),
                IsIndexed = reader.GetString(6) != "{}",
                HasIvfFlat = reader.GetString(6).Contains("ivfflat", StringComparison.Ordinal),
            };
        }

        return state with
        {
            Faults = [.. FindFaults(columns)],
            Dimensions = columns.TryGetValue(TableLayout.Vector, out var vector) ? Math.Max(vector.Modifier, 0) : 0,
        };
    }

    private static IEnumerable<string> FindFaults(Dictionary<string, (string Type, int Modifier, bool IsRequired)> columns)
    {
        TableColumn[] own = [TableLayout.Source, .. TableLayout.Columns];
        foreach (TableColumn column in own)
        {
            if (!columns.TryGetValue(column.Name, out var found))
                yield return $"'{column.Name}' is missing";
            else if (found.Type != column.Type)
                yield return $"'{column.Name}' has the type {found.Type} and must have {column.Type}";
        }

        foreach ((string name, var found) in columns)
        {
            if (found.IsRequired && !own.Any(column => column.Name == name))
                yield return $"{MessageText.Quote(name)} must have a value and has no default";
        }
    }
}

/// <summary>A table or its database cannot be used; the message says why and what to do, as sentences.</summary>
/// <param name="message">The sentences.</param>
/// <param name="problem">What kind of problem it is.</param>
internal sealed class UnusableException(string message, StoreProblem problem = StoreProblem.Other) : Exception(message)
{
    /// <summary>What kind of problem it is.</summary>
    public StoreProblem Problem { get; } = problem;
}
