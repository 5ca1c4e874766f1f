using System.Data.Common;
using System.Globalization;
using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>How to connect. Because it holds the password, only <see cref="Describe"/> is ever shown.</summary>
internal sealed class ConnectionSettings : IDisposable
{
    private const string DefaultHost = "localhost";

    private readonly NpgsqlConnectionStringBuilder _builder;
    private readonly NpgsqlDataSource _source;

    /// <summary>Reads a connection string, and takes missing settings from the environment.</summary>
    /// <exception cref="FormatException">
    ///   It is not a connection string, or its settings do not go together; the message does not show it.
    /// </exception>
    public ConnectionSettings(EmbeddingTableOptions options)
    {
        try
        {
            var given = new DbConnectionStringBuilder { ConnectionString = options.ConnectionString };
            _builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);

            // A large table takes long, so there is no limit unless the user sets one.
            if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
                _builder.CommandTimeout = 0;

            Complete(_builder, options, hasPort: given.ContainsKey("Port"));

            // Does not load types that are not used here.
            var source = new NpgsqlDataSourceBuilder(_builder.ConnectionString);
            source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
            _source = source.Build();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or NotSupportedException
            or InvalidOperationException)
        {
            // The library's message may quote part of a password, so neither the message nor the exception is kept.
            throw new FormatException(
                "the connection string cannot be read, or its settings do not go together (there is no pooling here). It is like "
                + "'Host=server;Database=code;Username=me'; put a value with ; or = in it in double quotes. The string is not "
                + "shown here because it may hold a password.");
        }
    }

    /// <summary>The server, for messages.</summary>
    public string Server => _builder.Host!.Contains(',') ? _builder.Host : $"{_builder.Host}:{_builder.Port}";

    /// <summary>The database, for messages.</summary>
    public string Database => _builder.Database ?? User ?? string.Empty;

    /// <summary>The user, if known.</summary>
    public string? User => _builder.Username ?? FromEnvironment("PGUSER");

    /// <summary>Whether a password is given, other than in a password file.</summary>
    public bool HasPassword => _builder.Password is not null || FromEnvironment("PGPASSWORD") is not null;

    /// <summary>Names the database and the server.</summary>
    public string Describe() => $"database {MessageText.Quote(Database)} on {MessageText.Quote(Server)}";

    /// <summary>Opens a connection.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    /// <summary>Adds what the string does not say, and what is the same for all connections.</summary>
    private static void Complete(NpgsqlConnectionStringBuilder builder, EmbeddingTableOptions options, bool hasPort)
    {
        builder.Host ??= FromEnvironment("PGHOST") ?? DefaultHost;
        builder.Database ??= FromEnvironment("PGDATABASE");
        if (!hasPort && FromEnvironment("PGPORT") is { } port
            && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65535)
            builder.Port = number;

        if (options.User is { } user)
            (builder.Username, builder.Password) = (user, options.Password);

        builder.ApplicationName ??= "CodeEmbed";

        // Nothing else would reuse the connection.
        builder.Pooling = false;
        builder.Enlist = false;
        builder.PersistSecurityInfo = false;
        builder.IncludeErrorDetail = false;

        // Detects a lost peer even though commands have no time limit.
        if (builder.TcpKeepAliveTime == 0 && builder.TcpKeepAliveInterval == 0)
        {
            builder.TcpKeepAlive = true;
            builder.TcpKeepAliveTime = 60;
            builder.TcpKeepAliveInterval = 10;
        }
    }

    private static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
