using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>Checks that embeddings can be written to a table or searched in it.</summary>
internal static class TableRequirements
{
    /// <summary>Checks that the table can be read.</summary>
    /// <exception cref="UnusableException">It cannot.</exception>
    public static void RequireReadable(TableState state, TableName name)
    {
        if (state.Table is null)
            throw new UnusableException($"the table does not exist.{HintOnCase(name)}");

        RequireColumns(state);
        if (state.Denied.Contains("SELECT"))
            throw new UnusableException("the user does not have the SELECT permission on it.");
    }

    /// <summary>Checks that the table can be written, or created.</summary>
    /// <exception cref="UnusableException">It cannot.</exception>
    public static void Require(TableState state, EmbeddingTableOptions options, TableName name)
    {
        if (state.Schema is null)
        {
            throw new UnusableException(
                name.Schema is null
                    ? "the user's search path has no schema that exists."
                    : $"the schema {MessageText.Quote(name.Schema)} does not exist. Create it with 'CREATE SCHEMA'.");
        }

        if (!state.MayStage)
        {
            throw new UnusableException(
                "the user may not create temporary tables: GRANT TEMPORARY ON DATABASE gives the permission.");
        }

        if ((state.Table is null || !state.HasModels) && !options.CreateTable)
        {
            throw new UnusableException(
                state.Table is null
                    ? $"the table does not exist.{HintOnCase(name)}"
                    : $"the table '{TableLayout.Models}' next to it, which describes the models, is missing.",
                StoreProblem.NoTable);
        }

        if ((state.Table is null || !state.HasModels) && !state.MayCreate)
        {
            throw new UnusableException(
                $"the user does not have the permission to create a table in the schema {MessageText.Quote(state.Schema)}.");
        }

        if (state.Table is null)
            return;

        RequireColumns(state);
        if (!state.HasKey)
            throw new UnusableException("it has no primary key or unique index on 'source' and 'id'.");

        string[] denied = [.. state.Denied.Where(right => right != "DELETE" || options.Source is not null)];
        if (denied.Length > 0)
            throw new UnusableException($"the user does not have the permission to {string.Join(", ", denied)}.");
    }

    /// <summary>Checks that the table, and an index on it, accept vectors of a length.</summary>
    /// <exception cref="UnusableException">It does not.</exception>
    public static void RequireDimensions(TableState state, EmbeddingTableOptions options, int dimensions)
    {
        if (dimensions > TableLayout.MostDimensions)
        {
            throw new UnusableException(
                $"the vectors have {dimensions} numbers, and pgvector allows at most {TableLayout.MostDimensions}.",
                StoreProblem.TooLong);
        }

        if (state.Dimensions > 0 && state.Dimensions != dimensions)
        {
            throw new UnusableException(
                $"its vectors have {state.Dimensions} numbers, and those of this run have {dimensions}. Name another table.");
        }

        if (options.CreateIndex && !state.IsIndexed && dimensions > TableLayout.MostIndexedDimensions)
        {
            throw new UnusableException(
                $"the vectors have {dimensions} numbers, and an HNSW index on them allows at most "
                + $"{TableLayout.MostIndexedDimensions}.",
                StoreProblem.TooLongForIndex);
        }
    }

    /// <summary>Checks that the rows that stay in the table can be compared with those of a model.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="state">The table.</param>
    /// <param name="options">How the table is written.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="fingerprint">The model's fingerprint.</param>
    /// <param name="findModelName">Returns the model's name, or <see langword="null"/> if it is not known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnusableException">They cannot be compared.</exception>
    public static async Task RequireSameModelAsync(
        NpgsqlConnection connection,
        TableState state,
        EmbeddingTableOptions options,
        TableName name,
        string fingerprint,
        Func<string?> findModelName,
        CancellationToken cancellationToken)
    {
        if (state.Table is null)
            return;

        // All rows have the same fingerprint, so any row will do. All rows of the source that is written are replaced.
        string row = $"SELECT \"model_name\", \"fingerprint\" FROM {name.Sql}";
        string sql = options.Source is null
            ? $"{row} LIMIT 1"
            : $"({row} WHERE \"source\" < $1 LIMIT 1) UNION ALL ({row} WHERE \"source\" > $1 LIMIT 1)";
        await using var command = new NpgsqlCommand(sql, connection);
        if (options.Source is not null)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = CopyEncoder.Clean(options.Source) });

        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            RequireValue(reader, 0, "model_name");
            RequireValue(reader, 1, "fingerprint");
            (string otherName, string other) = (reader.GetString(0), reader.GetString(1));
            if (other == fingerprint)
                continue;

            string ours = findModelName() is { } modelName
                ? IndexException.Describe(modelName, fingerprint)
                : $"a model with the fingerprint {MessageText.Shorten(fingerprint)}";
            throw new UnusableException(
                $"its vectors were made by {IndexException.Describe(otherName, other)}, and those of this run by {ours}: they "
                + "cannot be compared. Name another table.");
        }
    }

    /// <summary>Checks that a column has a value: a table that others made may have no NOT NULL.</summary>
    /// <param name="reader">A reader at a row.</param>
    /// <param name="column">The column's number in the row.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="UnusableException">It is NULL.</exception>
    public static void RequireValue(NpgsqlDataReader reader, int column, string name)
    {
        if (reader.IsDBNull(column))
            throw new UnusableException($"'{name}' is NULL in one of its rows, and must have a value.");
    }

    private static void RequireColumns(TableState state)
    {
        if (state.Faults.Count > 0)
        {
            throw new UnusableException(
                $"its columns are not those of embeddings: {string.Join("; ", state.Faults)}. Name another table.");
        }
    }

    /// <summary>SQL turns unquoted names into lower case, but names here are case-sensitive.</summary>
    private static string HintOnCase(TableName name) =>
        $"{name}".Any(char.IsUpper) ? " Names are case-sensitive." : string.Empty;
}
