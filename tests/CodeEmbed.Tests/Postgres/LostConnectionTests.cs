using System.Diagnostics;
using System.Text;
using CodeEmbed.Postgres;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>A connection that is cut at any moment: in the end, the table has all rows of a run or none.</summary>
[Collection(PostgresTests.Name)]
public sealed class LostConnectionTests(PostgresServer server)
{
    private static readonly TimeSpan[] ShortWaits = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 3)];

    private static readonly EmbeddingRow[] Written =
        [.. Enumerable.Range(0, 200).Select(i => Rows.Of($"{i}") with { Content = new string('x', 2000) })];

    [Theory]
    [InlineData("CREATE TEMPORARY TABLE")]
    [InlineData("COPY ")]
    [InlineData("LOCK TABLE")]
    [InlineData("ON CONFLICT")]
    [InlineData("txid_current")]
    [InlineData("COMMIT\0")]
    public async Task A_cut_before_a_statement_is_retried(string statement)
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        using PostgresDatabase database = Open(proxy, schema);
        await database.WriteAsync([Rows.Of("before")]);
        proxy.CutsBefore = (number, _, bytes) => number == 2 && Has(bytes, statement);

        await database.WriteAsync(Written);

        Assert.Equal(3, proxy.Connections);
        Assert.Equal(new EmbeddingDatabaseChange(200, 0, 0), database.Change);
        Assert.Equal(["201"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
    }

    [Fact]
    public async Task A_cut_while_rows_are_sent_is_retried()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        proxy.CutsBefore = (number, before, _) => number < 3 && before > 200_000;
        using PostgresDatabase database = Open(proxy, schema);

        await database.WriteAsync(Written);

        Assert.Equal(3, proxy.Connections);
        Assert.Equal(["200"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
    }

    [Fact]
    public async Task If_the_answer_to_the_commit_is_lost_the_server_is_queried_and_nothing_is_sent_again()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        var copies = new HashSet<int>();
        proxy.CutsBefore = (number, _, bytes) =>
        {
            if (Has(bytes, "COPY "))
                copies.Add(number);

            return false;
        };
        proxy.CutsAnswer = (number, _, bytes) => number == 1 && Has(bytes, "COMMIT\0");
        using PostgresDatabase database = Open(proxy, schema);

        await database.WriteAsync(Written);

        Assert.Equal(2, proxy.Connections);
        Assert.Equal([1], copies);
        Assert.Equal(new EmbeddingDatabaseChange(200, 0, 0), database.Change);
        Assert.Equal(["200"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
    }

    [Fact]
    public async Task A_connection_that_is_always_cut_is_an_error_and_the_table_is_unchanged()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        using PostgresDatabase database = Open(proxy, schema, source: "a");
        await database.WriteAsync([Rows.Of("1"), Rows.Of("2")]);
        proxy.CutsBefore = (_, _, bytes) => Has(bytes, "txid_current");

        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await database.WriteAsync(Written));

        Assert.Equal("StoreWriteError", e.ErrorId);
        Assert.Contains("the connection was lost after 4 attempts", e.Message, StringComparison.Ordinal);
        Assert.Contains("The table is unchanged: it has no rows of this run.", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1", "2"], await server.QueryAsync($"SELECT id FROM {schema}.snippets ORDER BY id"));
    }

    [Fact]
    public async Task If_it_is_unknown_whether_the_commit_succeeded_the_error_says_so()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        proxy.CutsAnswer = (number, _, bytes) => number == 1 && Has(bytes, "COMMIT\0");
        proxy.CutsBefore = (number, _, _) => number > 1;
        using PostgresDatabase database = Open(proxy, schema);

        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await database.WriteAsync(Written));
        (proxy.CutsBefore, proxy.CutsAnswer) = ((_, _, _) => false, (_, _, _) => false);
        await database.WriteAsync(Written);

        Assert.Contains("the table has either all rows of this run or none", e.Message, StringComparison.Ordinal);
        Assert.Equal(new EmbeddingDatabaseChange(0, 0, 0), database.Change);
        Assert.Equal(["200"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_the_next_attempt()
    {
        server.Require();
        using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        int port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var database = new PostgresDatabase(Options(port, "public"))
        {
            Waits = [TimeSpan.FromMinutes(10)],
        };
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        long started = Stopwatch.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await database.WriteAsync(Rows.Header(Written), _ => Written.ToAsyncEnumerable(), stop.Token));

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Cancelling_during_the_commit_waits_for_its_answer()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        using PostgresDatabase database = Open(proxy, schema);
        using var stop = new CancellationTokenSource();
        proxy.CutsBefore = (_, _, bytes) =>
        {
            if (Has(bytes, "COMMIT\0"))
                stop.Cancel();

            return false;
        };

        await database.WriteAsync(Rows.Header(Written), _ => Written.ToAsyncEnumerable(), stop.Token);

        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(new EmbeddingDatabaseChange(200, 0, 0), database.Change);
        Assert.Equal(["200"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
    }

    [Fact]
    public async Task Cancelling_after_a_commit_without_an_answer_reports_the_uncertainty()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        using PostgresDatabase database = Open(proxy, schema, waits: [TimeSpan.FromMinutes(10)]);
        using var stop = new CancellationTokenSource();
        proxy.CutsAnswer = (_, _, bytes) =>
        {
            if (!Has(bytes, "COMMIT\0"))
                return false;

            stop.CancelAfter(TimeSpan.FromSeconds(1));
            return true;
        };

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await database.WriteAsync(Rows.Header(Written), _ => Written.ToAsyncEnumerable(), stop.Token));

        Assert.Contains("the table has either all rows of this run or none", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_after_a_cancelled_one_has_its_own_connection()
    {
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        using PostgresDatabase database = Open(proxy, schema);
        await database.WriteAsync([Rows.Of("1")]);
        var query = new EmbeddingTableQuery([1, 0, 0], 1);
        using var stop = new CancellationTokenSource();
        bool isFirst = true;
        proxy.CutsAnswer = (_, _, bytes) =>
        {
            if (!isFirst || !Has(bytes, "ORDER BY"))
                return false;

            isFirst = false;
            stop.Cancel();
            return true;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await database.FindAsync(query, stop.Token));

        Assert.Single(await database.FindAsync(query, Rows.Stop));
    }

    [Fact]
    public async Task Two_runs_at_once_wait_for_each_other()
    {
        Assert.SkipUnless(server.Missing is not null || server.IsWhole, "PostgreSQL in WebAssembly has only one connection.");
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async run =>
        {
            using PostgresDatabase database = Open(proxy, schema, source: run < 4 ? "same" : $"{run}");
            await Task.Yield();
            await database.WriteAsync([.. Written.Skip(run * 10).Reverse()]);
        }));

        string[] counts = await server.QueryAsync(
            $"SELECT source, count(*) FROM {schema}.snippets GROUP BY source ORDER BY source");
        Assert.Equal(["4|160", "5|150"], counts[..2]);
        Assert.Contains(counts[2], (string[])["same|200", "same|190", "same|180", "same|170"]);
    }

    [Fact]
    public async Task A_server_that_is_killed_and_restarted_has_all_rows_of_the_run()
    {
        Assert.SkipUnless(server.KillCommand is not null, "There is no server that may be killed: tests/postgres.sh starts one.");
        string schema = await server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(server.Port);
        Task? killing = null;
        proxy.CutsBefore = (number, before, _) =>
        {
            if (number == 1 && before > 200_000)
                killing ??= ChildProcess.RunAsync(Repository.Root, "bash", "-c", server.KillCommand);

            return false;
        };
        using PostgresDatabase database = Open(proxy, schema, waits: [.. Enumerable.Repeat(TimeSpan.FromSeconds(1), 30)]);

        await database.WriteAsync(
            new EmbeddingStoreHeader(3, Rows.Fingerprint, null), _ => Slowly(), Rows.Stop);

        await killing!;
        Assert.True(proxy.Connections > 1);
        Assert.Equal(["200"], await server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));

        async IAsyncEnumerable<EmbeddingRow> Slowly()
        {
            foreach (EmbeddingRow row in Written)
            {
                // So that the kill happens in the middle.
                await Task.Delay(10, Rows.Stop);
                yield return row with { Content = new string('x', 20_000) };
            }
        }
    }

    private static bool Has(ReadOnlyMemory<byte> bytes, string text) => bytes.Span.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    private PostgresDatabase Open(
        CuttingProxy proxy, string schema, string? source = null, IReadOnlyList<TimeSpan>? waits = null) =>
        new(Options(proxy.Port, schema, source)) { Waits = waits ?? ShortWaits };

    private EmbeddingTableOptions Options(int port, string schema, string? source = null) => new()
    {
        ConnectionString = server.WithPort(port),
        Table = $"{schema}.snippets",
        Source = source,
        CreateTable = true,
    };
}
