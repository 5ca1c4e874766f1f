using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>
///   A server with pgvector for the tests: PostgreSQL as a WebAssembly module, which npm downloads and Node.js runs, with one
///   connection at a time. <c>tests/postgres.sh</c> runs the same tests, and more, with a full server.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>The variable with the connection string of a server that is already running.</summary>
    private const string ServerVariable = "CODEEMBED_TEST_POSTGRES";

    /// <summary>A command that kills that server and starts it again.</summary>
    private const string KillVariable = "CODEEMBED_TEST_POSTGRES_KILL";

    private static int _schemas;

    private Process? _node;

    /// <summary>The reason that there is no server, or <see langword="null"/> if there is one.</summary>
    public string? Missing { get; private set; }

    /// <summary>Whether it is a full server, which accepts several connections.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The connection string.</summary>
    public string ConnectionString { get; private set; } = string.Empty;

    /// <summary>The port.</summary>
    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    /// <summary>The command that kills a full server and starts it again; <see langword="null"/> without such a server.</summary>
    public string? KillCommand { get; } = Environment.GetEnvironmentVariable(KillVariable);

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } given)
        {
            (ConnectionString, IsWhole) = (given, true);
        }
        else
        {
            Missing = await StartAsync();
            if (Missing is not null)
                return;
        }

        await ExecuteAsync("CREATE EXTENSION IF NOT EXISTS vector");
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is null)
            return;

        _node.StandardInput.Close();
        if (!_node.WaitForExit(TimeSpan.FromSeconds(10)))
            _node.Kill(entireProcessTree: true);

        await _node.WaitForExitAsync();
        _node.Dispose();
    }

    /// <summary>Skips a test if there is no server.</summary>
    public void Require() => Assert.SkipWhen(Missing is not null, Missing ?? string.Empty);

    /// <summary>Creates a schema that no other test uses, and returns its name.</summary>
    public async Task<string> CreateSchemaAsync()
    {
        Require();
        string name = string.Create(
            CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _schemas)}");
        await ExecuteAsync($"CREATE SCHEMA {name}");
        return name;
    }

    /// <summary>The connection string with another port.</summary>
    public string WithPort(int port) => new NpgsqlConnectionStringBuilder(ConnectionString) { Port = port }.ConnectionString;

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query whose values are all text, and returns its rows, with the values separated by a bar.</summary>
    public async Task<string[]> QueryAsync(string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount)
                .Select(i => reader.IsDBNull(i) ? "NULL" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return [.. rows];
    }

    /// <summary>Opens a connection that is not pooled.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Starts the server in Node.js, and returns the reason if that is not possible.</summary>
    private async Task<string?> StartAsync()
    {
        string folder = Path.Combine(Repository.Root, "tests", "postgres");
        if (await NodePackages.FetchAsync(folder) is { } missing)
            return $"PostgreSQL for the tests is not available: {missing}";

        _node = Process.Start(new ProcessStartInfo("node", "server.mjs")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var limit = new CancellationTokenSource(HangLimit.Value);
        string? port = await _node.StandardOutput.ReadLineAsync(limit.Token);
        if (port is null)
            return "PostgreSQL for the tests did not start.";

        // The server accepts any password, and a test would see it in an error.
        ConnectionString = $"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres;Password=unasked;Timeout=60";
        return null;
    }
}

/// <summary>The tests that share the server, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
