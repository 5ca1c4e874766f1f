using System.Buffers;
using System.Data;
using System.Globalization;
using CodeEmbed.Indexes;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>Puts rows into a table in one transaction.</summary>
/// <remarks>
///   The rows are copied into a temporary table, and then merged into the table by their key. Rows that have not changed are
///   not touched. An empty table is filled directly. If the update is run again after a lost connection, it first asks whether
///   the server has committed.
/// </remarks>
internal sealed class TableUpdate(
    EmbeddingTableOptions options,
    TableName name,
    EmbeddingStoreHeader header,
    Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows)
{
    private const string Staging = "pg_temp.\"codeembed_staging\"";

    /// <summary>How many bytes are sent at once.</summary>
    private const int BlockLength = 256 * 1024;

    private static readonly TimeSpan CommitPoll = TimeSpan.FromMilliseconds(200);

    private string? _transaction;
    private EmbeddingDatabaseChange? _change;

    private string Source => CopyEncoder.Clean(options.Source ?? string.Empty);

    /// <summary>Whether the server may have committed although no answer arrived.</summary>
    public bool IsInDoubt => _transaction is not null;

    /// <summary>Puts the rows into the table.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnusableException">The table cannot be used.</exception>
    /// <exception cref="RowsException">The rows cannot be read.</exception>
    public async Task<EmbeddingDatabaseChange> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_transaction is { } before && await IsCommittedAsync(connection, before, cancellationToken).ConfigureAwait(false))
            return _change!;

        _transaction = null;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(
            IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        TableState state = await TableState.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false);
        TableRequirements.Require(state, options, name);
        if (header.Dimensions > 0)
            TableRequirements.RequireDimensions(state, options, header.Dimensions);

        async Task<long> ExecuteAsync(string sql, params string[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (string parameter in parameters)
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parameter });

            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        bool isStaged = false;
        async Task StageAsync()
        {
            await ExecuteAsync(TableLayout.CreateStaging(Staging, state.VectorType)).ConfigureAwait(false);
            await CopyAsync(connection, Staging, source: null, cancellationToken).ConfigureAwait(false);
            isStaged = true;
        }

        // If all ids are different, rows go into an empty table directly.
        async Task<long?> TryFillAsync()
        {
            await ExecuteAsync("SAVEPOINT codeembed").ConfigureAwait(false);
            try
            {
                return await CopyAsync(connection, name.Sql, Source, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                await ExecuteAsync("ROLLBACK TO SAVEPOINT codeembed").ConfigureAwait(false);
                return null;
            }
        }

        bool isNew = state.Table is null;
        if (isNew && header.Dimensions == 0)
        {
            // The length of the table's vectors would not be known.
            return new EmbeddingDatabaseChange(0, 0, 0);
        }

        // Before the lock, as this takes longest.
        if (!isNew && !await IsEmptyAsync(connection, cancellationToken).ConfigureAwait(false))
            await StageAsync().ConfigureAwait(false);

        if (options.CreateTable && !state.HasModels)
            await ExecuteAsync(TableLayout.CreateModels(state.Models)).ConfigureAwait(false);

        if (isNew)
            await ExecuteAsync(TableLayout.Create(name.Sql, state.VectorType, header.Dimensions)).ConfigureAwait(false);

        // Reads continue meanwhile. Two runs that write wait for each other, so their rows do not mix.
        await ExecuteAsync($"LOCK TABLE {name.Sql} IN SHARE ROW EXCLUSIVE MODE").ConfigureAwait(false);
        if (!isNew && header.Dimensions > 0)
        {
            await TableRequirements.RequireSameModelAsync(
                connection, state, options, name, header.Fingerprint, FindModelName, cancellationToken).ConfigureAwait(false);
        }

        long? copied = isStaged || !await IsEmptyAsync(connection, cancellationToken).ConfigureAwait(false)
            ? null
            : await TryFillAsync().ConfigureAwait(false);
        long repeated = 0, changed = copied ?? 0, deleted = 0;
        if (copied is null)
        {
            if (!isStaged)
                await StageAsync().ConfigureAwait(false);

            repeated = await ExecuteAsync(
                $"DELETE FROM {Staging} s USING {Staging} l WHERE l.\"id\" = s.\"id\" AND l.\"n\" > s.\"n\"")
                .ConfigureAwait(false);
            changed = await ExecuteAsync(Upsert(state), Source).ConfigureAwait(false);
            deleted = options.Source is null || isNew ? 0 : await ExecuteAsync(
                $"DELETE FROM {name.Sql} t WHERE t.\"source\" = $1 AND NOT EXISTS (SELECT 1 FROM {Staging} s WHERE s.\"id\" "
                + "COLLATE \"C\" = t.\"id\" COLLATE \"C\")",
                Source).ConfigureAwait(false);
        }

        if (header.Model is { } model)
        {
            await ExecuteAsync(
                $"INSERT INTO {state.Models} AS m (\"fingerprint\", \"model\") VALUES ($1, $2::json) "
                + "ON CONFLICT (\"fingerprint\") DO UPDATE SET \"model\" = EXCLUDED.\"model\" "
                + "WHERE m.\"model\"::text <> EXCLUDED.\"model\"::text",
                header.Fingerprint,
                model).ConfigureAwait(false);
        }

        if (options.CreateIndex && !state.IsIndexed)
        {
            await ExecuteAsync(
                $"CREATE INDEX ON {name.Sql} USING hnsw (\"vector\" {state.VectorSchema}.vector_cosine_ops)")
                .ConfigureAwait(false);
        }

        _change = new EmbeddingDatabaseChange(changed, deleted, repeated);
        string id = await ReadTransactionAsync(connection, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        _transaction = id;

        // A stop that comes now waits for the answer: without it nobody knows what is in the table.
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        _transaction = null;
        return _change;
    }

    private string? FindModelName() => header.Model is { } model ? IndexModel.FromJson(model, $"{name}").ModelName : null;

    private static async Task<string> ReadTransactionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT txid_current()", connection);
        object? id = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        return Convert.ToString(id, CultureInfo.InvariantCulture)!;
    }

    /// <summary>Asks for the result of a transaction whose commit was not confirmed.</summary>
    private static async Task<bool> IsCommittedAsync(
        NpgsqlConnection connection, string transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT txid_status($1::int8)", connection);
        command.Parameters.Add(
            new NpgsqlParameter<long> { TypedValue = long.Parse(transaction, CultureInfo.InvariantCulture) });
        while (true)
        {
            // The server may not have noticed that the connection is lost, and may be about to commit.
            switch (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))
            {
                case "committed":
                    return true;
                case "in progress":
                    await Task.Delay(CommitPoll, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    return false;
            }
        }
    }

    /// <summary>Puts the rows from the temporary table into the table.</summary>
    private string Upsert(TableState state)
    {
        TableColumn[] others = [.. TableLayout.Columns.Skip(1)];
        TableColumn[] plain = [.. others.Where(column => column.Type is not ("json" or TableLayout.Vector))];
        TableColumn[] json = [.. others.Where(column => column.Type == "json")];

        // JSON has no equality operator.
        string Row(string table) => $"ROW({string.Join(", ", plain.Select(column => $"{table}.{column.Sql}"))}, "
            + $"{string.Join(", ", json.Select(column => $"{table}.{column.Sql}::text"))})";

        return $"INSERT INTO {name.Sql} AS t (\"source\", {TableLayout.List()}) "
            + $"SELECT $1, {TableLayout.List("s.")} FROM {Staging} s ON CONFLICT (\"source\", \"id\") DO UPDATE SET "
            + string.Join(", ", others.Select(column => $"{column.Sql} = EXCLUDED.{column.Sql}"))
            + $" WHERE {Row("t")} IS DISTINCT FROM {Row("EXCLUDED")} "
            + $"OR NOT t.\"vector\" OPERATOR({state.VectorSchema}.=) EXCLUDED.\"vector\"";
    }

    private async Task<bool> IsEmptyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT NOT EXISTS (SELECT 1 FROM {name.Sql})", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>Copies the rows into a table: while a block is sent, the next one is made.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The table, as SQL takes it.</param>
    /// <param name="source">The source; <see langword="null"/> for the temporary table, whose rows have numbers.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The number of rows.</returns>
    private async Task<long> CopyAsync(
        NpgsqlConnection connection, string table, string? source, CancellationToken cancellationToken)
    {
        string first = source is null ? "\"n\"" : TableLayout.Source.Sql;
        long number = 0;
        NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY {table} ({first}, {TableLayout.List()}) FROM STDIN (FORMAT binary)", cancellationToken)
            .ConfigureAwait(false);
        Task sending = Task.CompletedTask;
        try
        {
            ArrayBufferWriter<byte> filled = new(2 * BlockLength), sent = new(2 * BlockLength);
            CopyEncoder.WriteStart(filled);
            await using IAsyncEnumerator<EmbeddingRow> row = rows(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await ReadAsync(row).ConfigureAwait(false))
            {
                CopyEncoder.WriteRow(filled, row.Current, source, number++);
                if (filled.WrittenCount < BlockLength)
                    continue;

                await sending.ConfigureAwait(false);
                (filled, sent) = (sent, filled);
                filled.ResetWrittenCount();
                sending = SendAsync(stream, sent.WrittenMemory, cancellationToken);
            }

            CopyEncoder.WriteEnd(filled);
            await sending.ConfigureAwait(false);
            await stream.WriteAsync(filled.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await CancelAsync(stream, sending).ConfigureAwait(false);
            throw;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        return number;
    }

    private static Task SendAsync(NpgsqlRawCopyStream stream, ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        Task.Run(() => stream.WriteAsync(block, cancellationToken).AsTask(), cancellationToken);

    private static async ValueTask<bool> ReadAsync(IAsyncEnumerator<EmbeddingRow> row)
    {
        try
        {
            return await row.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new RowsException(e);
        }
    }

    /// <summary>Cancels a copy that failed, so that the server drops its rows. An error here follows an earlier one.</summary>
    private static async Task CancelAsync(NpgsqlRawCopyStream stream, Task sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
            await stream.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (ServerErrors.IsOne(e) || e is OperationCanceledException or InvalidOperationException)
        {
            // Closing the connection ends the transaction.
        }
    }
}

/// <summary>The rows to write cannot be read; the server is not the cause.</summary>
/// <param name="reason">The reason.</param>
internal sealed class RowsException(Exception reason) : Exception(reason.Message, reason);
