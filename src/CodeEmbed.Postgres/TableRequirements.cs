using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>What a table must be like, so that embeddings go into it or are found in it.</summary>
internal static class TableRequirements
{
    /// <summary>Sees that the table can be read.</summary>
    /// <exception cref="UnusableException">It cannot.</exception>
    public static void RequireReadable(TableState state, TableName name)
    {
        if (state.Table is null)
            throw new UnusableException($"there is no such table.{HintOnCase(name)}");

        RequireColumns(state);
        if (state.Denied.Contains("SELECT"))
            throw new UnusableException("the user has not the right to SELECT from it.");
    }

    /// <summary>Sees that the table can be written, or made.</summary>
    /// <exception cref="UnusableException">It cannot.</exception>
    public static void Require(TableState state, EmbeddingTableOptions options, TableName name)
    {
        if (state.Schema is null)
        {
            throw new UnusableException(
                name.Schema is null
                    ? "the search path of the user names no schema that is there."
                    : $"there is no schema {MessageText.Quote(name.Schema)}. 'CREATE SCHEMA' makes it.");
        }

        if (!state.MayStage)
        {
            throw new UnusableException(
                "the user may make no temporary table: GRANT TEMPORARY ON DATABASE gives the right.");
        }

        if ((state.Table is null || !state.HasModels) && !options.CreateTable)
        {
            throw new UnusableException(
                state.Table is null
                    ? $"there is no such table.{HintOnCase(name)}"
                    : $"the table '{TableLayout.Models}' beside it, which says what made the embeddings, is missing.",
                StoreProblem.NoTable);
        }

        if ((state.Table is null || !state.HasModels) && !state.MayCreate)
        {
            throw new UnusableException(
                $"the user has not the right to create a table in the schema {MessageText.Quote(state.Schema)}.");
        }

        if (state.Table is null)
            return;

        RequireColumns(state);
        if (!state.HasKey)
            throw new UnusableException("it has no primary key or unique index of 'source' and 'id'.");

        string[] denied = [.. state.Denied.Where(right => right != "DELETE" || options.Source is not null)];
        if (denied.Length > 0)
            throw new UnusableException($"the user has not the right to {string.Join(", ", denied)} there.");
    }

    /// <summary>Sees that the table, and an index of it, takes vectors of a length.</summary>
    /// <exception cref="UnusableException">It does not.</exception>
    public static void RequireDimensions(TableState state, EmbeddingTableOptions options, int dimensions)
    {
        if (dimensions > TableLayout.MostDimensions)
        {
            throw new UnusableException(
                $"the vectors have {dimensions} numbers, and those of pgvector at most {TableLayout.MostDimensions}.",
                StoreProblem.TooLong);
        }

        if (state.Dimensions > 0 && state.Dimensions != dimensions)
        {
            throw new UnusableException(
                $"its vectors have {state.Dimensions} numbers, and those of this run {dimensions}. Name another table.");
        }

        if (options.CreateIndex && !state.IsIndexed && dimensions > TableLayout.MostIndexedDimensions)
        {
            throw new UnusableException(
                $"the vectors have {dimensions} numbers, and an HNSW index of them takes at most "
                + $"{TableLayout.MostIndexedDimensions}.",
                StoreProblem.TooLongForIndex);
        }
    }

    /// <summary>Sees that what is in the table, and stays there, compares with what one model makes.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="state">The table.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="fingerprint">The model's fingerprint.</param>
    /// <param name="findModelName">Gives the model's name; <see langword="null"/> where it is not known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnusableException">It does not.</exception>
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

        // All rows have one fingerprint, so any row tells. Those of the source that is written are replaced, all of them.
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

    private static void RequireColumns(TableState state)
    {
        if (state.Faults.Count > 0)
        {
            throw new UnusableException(
                $"its columns are others than those of embeddings: {string.Join("; ", state.Faults)}. Name another table.");
        }
    }

    /// <summary>SQL without quotes knows only lower case, and here upper case counts.</summary>
    private static string HintOnCase(TableName name) =>
        $"{name}".Any(char.IsUpper) ? " Upper and lower case count." : string.Empty;
}
