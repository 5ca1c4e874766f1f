using System.Net.Sockets;
using CodeEmbed.Postgres;
using Npgsql;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>Settings from a connection string and the environment, and descriptions of errors. No server is used.</summary>
[Collection(PostgresTests.Name)]
public sealed class ConnectionSettingsTests
{
    [Theory]
    [InlineData("Host=a;Multiplexing=true")]
    [InlineData("Host=a;SslNegotiation=direct;SslMode=Prefer")]
    [InlineData("Host=a;Port=x")]
    [InlineData("no string")]
    public async Task An_invalid_connection_string_is_an_error_of_the_table(string connectionString)
    {
        using var database = new PostgresDatabase(Options(connectionString));

        StoreException e = await Assert.ThrowsAsync<StoreException>(
            async () => await database.RequireReadyAsync(null, Rows.Stop));

        Assert.Contains("the connection string cannot be read, or", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=a;Port=5432", "a:5432")]
    [InlineData("Host=a;port=5432", "a:5432")]
    [InlineData("Host=a", "a:6543")]
    public void A_specified_port_takes_precedence_over_the_environment(string connectionString, string server)
    {
        string? before = Environment.GetEnvironmentVariable("PGPORT");
        try
        {
            Environment.SetEnvironmentVariable("PGPORT", "6543");
            using var settings = new ConnectionSettings(Options(connectionString));

            Assert.Equal(server, settings.Server);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PGPORT", before);
        }
    }

    [Fact]
    public void The_user_in_the_options_replaces_the_one_in_the_string()
    {
        using var settings = new ConnectionSettings(new EmbeddingTableOptions
        {
            ConnectionString = "Host=a;Username=old;Password=old",
            Table = "t",
            User = "new",
        });

        Assert.Equal("new", settings.User);
    }

    [Fact]
    public void If_several_servers_do_not_answer_the_first_reason_is_reported()
    {
        using var settings = new ConnectionSettings(Options("Host=a,b"));
        var refused = new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));
        NpgsqlException[] all =
        [
            new("Check inner exception for more details.", new AggregateException(refused, refused)),
            new("Check inner exception for more details.", refused),
        ];

        Assert.All(all, e =>
        {
            Assert.StartsWith("the server does not answer: ", ServerErrors.Describe(e, settings), StringComparison.Ordinal);
            Assert.True(ServerErrors.IsPassing(e));
        });
    }

    [Fact]
    public void A_refused_password_is_its_own_kind_of_problem_and_names_no_switch()
    {
        using var settings = new ConnectionSettings(Options("Host=a;Username=me;Password=x"));
        var refused = new PostgresException("password authentication failed", "FATAL", "FATAL", "28P01");

        Assert.Equal(StoreProblem.Password, ServerErrors.KindOf(refused, settings));
        Assert.DoesNotContain(" -", ServerErrors.Describe(refused, settings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_password_is_the_same_kind_of_problem()
    {
        using var settings = new ConnectionSettings(Options("Host=a;Username=me"));
        Assert.SkipWhen(settings.HasPassword, "PGPASSWORD is set.");
        var missing = new NpgsqlException("No password has been provided but the backend requires one (in SASL/SCRAM-SHA-256)");

        Assert.Equal(StoreProblem.Password, ServerErrors.KindOf(missing, settings));
        Assert.DoesNotContain(" -", ServerErrors.Describe(missing, settings), StringComparison.Ordinal);
    }

    private static EmbeddingTableOptions Options(string connectionString) =>
        new() { ConnectionString = connectionString, Table = "t" };
}
