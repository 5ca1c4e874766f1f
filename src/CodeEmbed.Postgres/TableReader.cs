using System.Buffers.Binary;
using System.Globalization;
using CodeEmbed.Rows;
using Npgsql;
using NpgsqlTypes;

namespace CodeEmbed.Postgres;

/// <summary>Reads rows of a table of embeddings.</summary>
internal static class TableReader
{
    /// <summary>The largest value of <c>hnsw.ef_search</c>: an index returns no more rows at once.</summary>
    private const int MostIndexed = 1000;

    /// <summary>From this version on, an index scan continues if a filter leaves too few rows.</summary>
    private static readonly Version IteratesSince = new(0, 8);

    /// <summary>Describes the content of a table.</summary>
    public static async Task<EmbeddingTableContent> DescribeAsync(
        NpgsqlConnection connection, TableState state, TableName name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns(state)} FROM {name.Sql} LIMIT 1", connection);
        IReadOnlyList<EmbeddingRow> rows = await ReadAsync(command, cancellationToken).ConfigureAwait(false);
        if (rows is not [var first] || !state.HasModels)
            return new EmbeddingTableContent(rows is [var only] ? only : null, null);

        await using var ask = new NpgsqlCommand(
            $"SELECT \"model\"::text FROM {state.Models} WHERE \"fingerprint\" = $1", connection);
        ask.Parameters.Add(new NpgsqlParameter<string> { TypedValue = first.Fingerprint });
        return new EmbeddingTableContent(
            first, await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string);
    }

    /// <summary>Finds the nearest rows.</summary>
    public static async Task<IReadOnlyList<EmbeddingRow>> FindAsync(
        NpgsqlConnection connection,
        TableState state,
        TableName name,
        EmbeddingTableQuery query,
        CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken)
            .ConfigureAwait(false);
        await using var command = new NpgsqlCommand { Connection = connection, Transaction = transaction };
        command.Parameters.Add(new NpgsqlParameter { Value = Text(query.Vector), NpgsqlDbType = NpgsqlDbType.Unknown });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Count });
        string where = Filter(command, query.Languages, query.Files);
        bool usesIndex = state.IsIndexed && !state.HasIvfFlat && query.Count <= MostIndexed;
        if (state.IsIndexed)
        {
            await PrepareIndexAsync(
                connection, state, usesIndex ? query.Count : null, where.Length > 0, cancellationToken).ConfigureAwait(false);
        }

        // An index orders by one expression only. Without an index, equal rows come in the order of their keys.
        string ties = usesIndex ? string.Empty : ", \"source\", \"id\"";
        command.CommandText = $"SELECT {Columns(state)} FROM {name.Sql}{where} "
            + $"ORDER BY \"vector\" OPERATOR({state.VectorSchema}.<=>) $1::{state.VectorType}{ties} LIMIT $2";
        IReadOnlyList<EmbeddingRow> found = await ReadAsync(command, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Lists the languages of the rows that patterns match.</summary>
    public static async Task<IReadOnlyList<string>> ListLanguagesAsync(
        NpgsqlConnection connection,
        TableName name,
        IReadOnlyList<string> languages,
        IReadOnlyList<string> files,
        int count,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        string where = Filter(command, languages, files);
        command.CommandText =
            $"SELECT DISTINCT \"language\" COLLATE \"C\" FROM {name.Sql}{where} ORDER BY 1 LIMIT $1";
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            TableRequirements.RequireValue(reader, 0, "language");
            found.Add(reader.GetString(0));
        }

        return found;
    }

    /// <summary>Makes the condition that patterns set, and adds its parameters to the command.</summary>
    /// <returns>A text that starts with a space; empty without patterns.</returns>
    private static string Filter(NpgsqlCommand command, IReadOnlyList<string> languages, IReadOnlyList<string> files)
    {
        var conditions = new List<string>();
        Match("\"language\"", languages);
        Match("\"file_path\"", files);
        return conditions.Count > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : string.Empty;

        void Match(string column, IReadOnlyList<string> patterns)
        {
            if (WildcardRegex.Of(patterns) is not { } regex)
                return;

            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = CopyEncoder.Clean(regex) });
            conditions.Add($"{column} ~* ${command.Parameters.Count}");
        }
    }

    /// <summary>Makes an index return as many rows as are requested, or turns index scans off.</summary>
    /// <param name="connection">A connection in a transaction: the settings end with it.</param>
    /// <param name="state">The table.</param>
    /// <param name="count">How many rows are requested; <see langword="null"/> to use no index.</param>
    /// <param name="isFiltered">Whether the query has a filter.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private static async Task PrepareIndexAsync(
        NpgsqlConnection connection, TableState state, int? count, bool isFiltered, CancellationToken cancellationToken)
    {
        const string width = """
            SELECT set_config('hnsw.ef_search',
                greatest(coalesce(nullif(current_setting('hnsw.ef_search', true), ''), '40')::int, $1)::text, true)
            """;
        await using var command = new NpgsqlCommand(
            count is null ? "SELECT set_config('enable_indexscan', 'off', true)" : width, connection);
        if (count is { } least)
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = least });

        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (count is null || !isFiltered || state.VectorVersion < IteratesSince)
            return;

        await using var iterate = new NpgsqlCommand(
            "SELECT set_config('hnsw.iterative_scan', 'strict_order', true)", connection);
        await iterate.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A vector in pgvector's text form. Each number is the shortest text that reads back as the same value.</summary>
    private static string Text(float[] vector) =>
        $"[{string.Join(',', vector.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]";

    private static string Columns(TableState state) => string.Join(
        ", ",
        TableLayout.Columns.Select(column => column.Type switch
        {
            "json" => $"{column.Sql}::text",
            TableLayout.Vector => $"{state.VectorSchema}.vector_send({column.Sql})",
            _ => column.Sql,
        }));

    private static async Task<IReadOnlyList<EmbeddingRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<EmbeddingRow>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(Read(reader));

        return rows;
    }

    private static EmbeddingRow Read(NpgsqlDataReader reader)
    {
        for (int i = 0; i < TableLayout.Columns.Count; i++)
        {
            if (TableLayout.Columns[i].IsRequired)
                TableRequirements.RequireValue(reader, i, TableLayout.Columns[i].Name);
        }

        try
        {
            return RowColumns.MakeRow(new ReaderValues(reader));
        }
        catch (InvalidDataException e)
        {
            throw new UnusableException($"one of its rows is not valid: {e.Message}");
        }
    }

    /// <summary>The values of the row that a reader is at.</summary>
    private sealed class ReaderValues(NpgsqlDataReader reader) : IRowValues
    {
        /// <inheritdoc/>
        public string? Text(RowColumn column) => reader.IsDBNull(column.Index) ? null : reader.GetString(column.Index);

        /// <inheritdoc/>
        public long? Count(RowColumn column) => reader.IsDBNull(column.Index) ? null
            : column.Kind == RowColumnKind.Truth ? (reader.GetBoolean(column.Index) ? 1 : 0)
            : reader.GetInt32(column.Index);

        /// <summary>Reads pgvector's binary form: the length in 2 bytes, 2 others, and float32 numbers, all big-endian.</summary>
        public float[] Vector()
        {
            ReadOnlySpan<byte> bytes = reader.GetFieldValue<byte[]>(RowColumns.Vector.Index);
            var vector = new float[BinaryPrimitives.ReadUInt16BigEndian(bytes)];
            for (int i = 0; i < vector.Length; i++)
                vector[i] = BinaryPrimitives.ReadSingleBigEndian(bytes[((2 * sizeof(short)) + (i * sizeof(float)))..]);

            return vector;
        }
    }
}
