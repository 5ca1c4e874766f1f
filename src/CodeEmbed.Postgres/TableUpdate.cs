using System.Buffers;
using System.Data;
using System.Globalization;
using CodeEmbed.Indexes;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>Puts rows into a table in one transaction.</summary>
/// <remarks>
///   The rows are copied into a temporary table, and from there put into the table by their key. Rows that are as they were are
///   not touched. Where it is run again after a lost connection, it first asks whether the server has committed.
/// </remarks>
internal sealed class TableUpdate(
    EmbeddingTableOptions options,
    TableName name,
    EmbeddingStoreHeader header,
    Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows)
{
    private const string Staging = "pg_temp.\"codeembed_staging\"";

    /// <summary>How much is sent at once.</summary>
    private const int BlockLength = 256 * 1024;

    private static readonly TimeSpan CommitPoll = TimeSpan.FromMilliseconds(200);

    private string? _transaction;
    private EmbeddingDatabaseChange? _change;

    private string Source => CopyEncoder.Clean(options.Source ?? string.Empty);

    /// <summary>Whether the server may have committed without anyone having heard of it.</summary>
    public bool IsInDoubt => _transaction is not null;

    /// <summary>Puts the rows into the table.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UnusableException">The table is not such a one.</exception>
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

        await ExecuteAsync(TableLayout.CreateStaging(Staging, state.VectorType)).ConfigureAwait(false);
        await CopyAsync(connection, cancellationToken).ConfigureAwait(false);
        bool isNew = state.Table is null;
        if (options.CreateTable && !state.HasModels)
            await ExecuteAsync(TableLayout.CreateModels(state.Models)).ConfigureAwait(false);

        if (isNew && header.Dimensions == 0)
        {
            // How long the vectors of such a table would be, nobody knows.
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return new EmbeddingDatabaseChange(0, 0, 0);
        }

        if (isNew)
            await ExecuteAsync(TableLayout.Create(name.Sql, state.VectorType, header.Dimensions)).ConfigureAwait(false);

        // Others may read meanwhile. Two runs that write wait for each other, and none mixes what the other has just written.
        await ExecuteAsync($"LOCK TABLE {name.Sql} IN SHARE ROW EXCLUSIVE MODE").ConfigureAwait(false);
        if (!isNew && header.Dimensions > 0)
        {
            await TableRequirements.RequireSameModelAsync(
                connection, state, options, name, header.Fingerprint, FindModelName, cancellationToken).ConfigureAwait(false);
        }

        long repeated = await ExecuteAsync(
            $"DELETE FROM {Staging} s USING {Staging} l WHERE l.\"id\" = s.\"id\" AND l.\"n\" > s.\"n\"").ConfigureAwait(false);
        long changed = await ExecuteAsync(Upsert(state), Source).ConfigureAwait(false);
        long deleted = options.Source is null || isNew ? 0 : await ExecuteAsync(
            $"DELETE FROM {name.Sql} t WHERE t.\"source\" = $1 AND NOT EXISTS (SELECT 1 FROM {Staging} s WHERE s.\"id\" "
            + "COLLATE \"C\" = t.\"id\" COLLATE \"C\")",
            Source).ConfigureAwait(false);
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
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>Asks what became of a transaction whose end nobody heard of.</summary>
    private static async Task<bool> IsCommittedAsync(
        NpgsqlConnection connection, string transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT txid_status($1::int8)", connection);
        command.Parameters.Add(
            new NpgsqlParameter<long> { TypedValue = long.Parse(transaction, CultureInfo.InvariantCulture) });
        while (true)
        {
            // The server may not yet have seen that the connection is lost, and so be about to commit.
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

        // JSON has no equality of its own.
        string Row(string table) => $"ROW({string.Join(", ", plain.Select(column => $"{table}.{column.Sql}"))}, "
            + $"{string.Join(", ", json.Select(column => $"{table}.{column.Sql}::text"))})";

        return $"INSERT INTO {name.Sql} AS t (\"source\", {TableLayout.List()}) "
            + $"SELECT $1, {TableLayout.List("s.")} FROM {Staging} s ON CONFLICT (\"source\", \"id\") DO UPDATE SET "
            + string.Join(", ", others.Select(column => $"{column.Sql} = EXCLUDED.{column.Sql}"))
            + $" WHERE {Row("t")} IS DISTINCT FROM {Row("EXCLUDED")} "
            + $"OR NOT t.\"vector\" OPERATOR({state.VectorSchema}.=) EXCLUDED.\"vector\"";
    }

    /// <summary>Copies the rows into the temporary table: while a block is sent, the next one is made.</summary>
    private async Task CopyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            $"COPY {Staging} (\"n\", {TableLayout.List()}) FROM STDIN (FORMAT binary)", cancellationToken).ConfigureAwait(false);
        Task sending = Task.CompletedTask;
        try
        {
            ArrayBufferWriter<byte> filled = new(2 * BlockLength), sent = new(2 * BlockLength);
            CopyEncoder.WriteStart(filled);
            long number = 0;
            await using IAsyncEnumerator<EmbeddingRow> row = rows(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await ReadAsync(row).ConfigureAwait(false))
            {
                CopyEncoder.WriteRow(filled, number++, row.Current);
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

    /// <summary>Ends a copy that failed, so that the server drops what came. What fails here, failed before.</summary>
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
            // The transaction ends with the connection.
        }
    }
}

/// <summary>The rows that are to be written cannot be read: nothing of the server.</summary>
/// <param name="reason">Why.</param>
internal sealed class RowsException(Exception reason) : Exception(reason.Message, reason);
