using System.Data;
using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>A table of embeddings in PostgreSQL with pgvector.</summary>
public sealed class PostgresDatabase : IEmbeddingDatabase
{
    private readonly EmbeddingTableOptions _options;
    private readonly ConnectionSettings? _settings;
    private readonly TableName _table;
    private readonly string? _problem;
    private NpgsqlConnection? _reading;
    private TableState? _state;

    /// <summary>Creates an instance for a table. This does not connect to the server.</summary>
    /// <param name="options">The table, and how it is written.</param>
    /// <exception cref="EmbeddingOptionException">The table's name is not valid.</exception>
    public PostgresDatabase(EmbeddingTableOptions options)
    {
        _options = options;
        _table = TableName.Parse(options.Table);
        try
        {
            _settings = new ConnectionSettings(options);
        }
        catch (FormatException e)
        {
            _problem = e.Message;
        }

        string source = options.Source is null ? string.Empty : $" with the source {MessageText.Quote(options.Source)}";
        string place = _settings is null ? string.Empty : $" in the {_settings.Describe()}";
        Name = $"table {MessageText.Quote(_table.ToString())}{source}{place}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public EmbeddingDatabaseChange? Change { get; private set; }

    /// <summary>How long to wait before each further attempt to write.</summary>
    internal IReadOnlyList<TimeSpan> Waits { get; init; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    /// <inheritdoc/>
    public async ValueTask RequireReadyAsync(EmbeddingModel? model, CancellationToken cancellationToken = default)
    {
        try
        {
            await using NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            TableState state = await TableState.ReadAsync(connection, _table, cancellationToken).ConfigureAwait(false);
            TableRequirements.Require(state, _options, _table);
            if (model is not null)
            {
                TableRequirements.RequireDimensions(state, _options, model.Dimensions);
                await TableRequirements.RequireSameModelAsync(
                    connection, state, _options, _table, model.Fingerprint, () => model.Name, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw NotWritten(e, DescribeProblem(e));
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(
        EmbeddingStoreHeader header,
        Func<CancellationToken, IAsyncEnumerable<EmbeddingRow>> rows,
        CancellationToken cancellationToken = default)
    {
        var update = new TableUpdate(_options, _table, header, rows);
        try
        {
            await WriteAsync(update, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (update.IsInDoubt)
        {
            throw new OperationCanceledException(
                $"The run that writes the {Name} was stopped. {DescribeContent(update)}", e, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask<EmbeddingTableContent> DescribeAsync(CancellationToken cancellationToken = default) => AskAsync(
        (connection, state) => TableReader.DescribeAsync(connection, state, _table, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EmbeddingRow>> FindAsync(
        EmbeddingTableQuery query, CancellationToken cancellationToken = default) =>
        AskAsync(
            (connection, state) => TableReader.FindAsync(connection, state, _table, query, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListLanguagesAsync(
        IReadOnlyList<string> languages, IReadOnlyList<string> files, int count, CancellationToken cancellationToken = default) =>
        AskAsync(
            (connection, _) => TableReader.ListLanguagesAsync(connection, _table, languages, files, count, cancellationToken),
            cancellationToken);

    /// <summary>Closes the connection that is used for questions.</summary>
    public void Dispose()
    {
        CloseReading();
        _settings?.Dispose();
    }

    /// <summary>Writes the rows, and tries again if the connection is lost.</summary>
    private async Task WriteAsync(TableUpdate update, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await using NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
                Change = await update.RunAsync(connection, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (IsOurs(e) && ServerErrors.IsPassing(e) && attempt < Waits.Count)
            {
                await Task.Delay(Waits[attempt], cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsOurs(e))
            {
                string tried = attempt > 0 ? $" after {attempt + 1} attempts" : string.Empty;
                throw NotWritten(e, $"{DescribeProblem(e).TrimEnd('.')}{tried}. {DescribeContent(update)}");
            }
            catch (RowsException e)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            }
        }
    }

    /// <summary>Asks the server something on the connection for questions, and once more if the connection was lost.</summary>
    private async ValueTask<T> AskAsync<T>(
        Func<NpgsqlConnection, TableState, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                (NpgsqlConnection connection, TableState state) = await OpenToReadAsync(cancellationToken).ConfigureAwait(false);
                return await ask(connection, state).ConfigureAwait(false);
            }
            catch (Exception e) when (isFirst && IsOurs(e) && ServerErrors.IsPassing(e))
            {
                // Hours may pass between two questions, and the connection may be lost.
                CloseReading();
            }
            catch (OperationCanceledException)
            {
                // The stop may have broken the connection, or left the answer to the question in it.
                CloseReading();
                throw;
            }
            catch (Exception e) when (IsOurs(e))
            {
                throw Describe(e);
            }
        }
    }

    private static bool IsOurs(Exception error) => error is UnusableException || ServerErrors.IsOne(error);

    /// <summary>The inner exception to keep for an error.</summary>
    private static Exception? InnerOf(Exception error) => error is UnusableException ? null : error;

    private static string DescribeContent(TableUpdate update) => update.IsInDoubt
        ? "The connection was lost while the server confirmed: the table has either all rows of this run or none of them. "
            + "Writing them again does no harm."
        : "The table is unchanged: it has no rows of this run.";

    private StoreException NotWritten(Exception error, string problem) =>
        StoreException.NotWritten(Name, problem, InnerOf(error), KindOf(error));

    private StoreProblem KindOf(Exception error) =>
        error is UnusableException e ? e.Problem : ServerErrors.KindOf(error, _settings!);

    private string DescribeProblem(Exception error) => error is UnusableException
        ? error.Message
        : ServerErrors.Describe(error, _settings!);

    private StoreException Describe(Exception error)
    {
        CloseReading();
        return StoreException.NotRead(Name, DescribeProblem(error), InnerOf(error), KindOf(error));
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _settings is null
        ? throw new UnusableException(_problem!)
        : _settings.OpenAsync(cancellationToken);

    private async Task<(NpgsqlConnection Connection, TableState State)> OpenToReadAsync(CancellationToken cancellationToken)
    {
        if (_reading is { FullState: not ConnectionState.Open })
            CloseReading();

        _reading ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (_state is null)
        {
            TableState state = await TableState.ReadAsync(_reading, _table, cancellationToken).ConfigureAwait(false);
            TableRequirements.RequireReadable(state, _table);
            _state = state;
        }

        return (_reading, _state);
    }

    private void CloseReading()
    {
        _reading?.Dispose();
        (_reading, _state) = (null, null);
    }
}
