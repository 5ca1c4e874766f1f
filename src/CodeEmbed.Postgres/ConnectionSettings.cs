using System.Data.Common;
using System.Globalization;
using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>How to connect. It holds the password, and so nothing of it but <see cref="Describe"/> is ever shown.</summary>
internal sealed class ConnectionSettings : IDisposable
{
    private const string DefaultHost = "localhost";

    private readonly NpgsqlConnectionStringBuilder _builder;
    private readonly NpgsqlDataSource _source;

    /// <summary>Reads a connection string, and what it does not say from the environment.</summary>
    /// <exception cref="FormatException">It is not a connection string; the message does not show it.</exception>
    public ConnectionSettings(EmbeddingTableOptions options)
    {
        try
        {
            var given = new DbConnectionStringBuilder { ConnectionString = options.ConnectionString };
            _builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);

            // A large table takes long; who wants a limit gives one.
            if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
                _builder.CommandTimeout = 0;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or NotSupportedException)
        {
            // What the library says may quote a part of a password, so neither its message nor the exception is kept.
            throw new FormatException(
                "the connection string cannot be read. It is like 'Host=server;Database=code;Username=me'; a value with ; or = "
                + "in it is put into double quotes. It is not shown here, as it may hold a password.");
        }

        _builder.Host ??= FromEnvironment("PGHOST") ?? DefaultHost;
        _builder.Database ??= FromEnvironment("PGDATABASE");
        if (_builder.Port == NpgsqlConnection.DefaultPort && FromEnvironment("PGPORT") is { } port
            && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65535)
            _builder.Port = number;

        if (options.User is { } user)
            (_builder.Username, _builder.Password) = (user, options.Password);

        _builder.ApplicationName ??= "CodeEmbed";

        // A connection is kept for no one else.
        _builder.Pooling = false;
        _builder.Enlist = false;
        _builder.PersistSecurityInfo = false;
        _builder.IncludeErrorDetail = false;

        // So that a peer that is gone is found out, also while a command has no limit.
        if (_builder.TcpKeepAliveTime == 0 && _builder.TcpKeepAliveInterval == 0)
        {
            _builder.TcpKeepAlive = true;
            _builder.TcpKeepAliveTime = 60;
            _builder.TcpKeepAliveInterval = 10;
        }

        // The server is not asked for types that nothing here uses.
        var source = new NpgsqlDataSourceBuilder(_builder.ConnectionString);
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        _source = source.Build();
    }

    /// <summary>The server, for messages.</summary>
    public string Server => _builder.Host!.Contains(',') ? _builder.Host : $"{_builder.Host}:{_builder.Port}";

    /// <summary>The database, for messages.</summary>
    public string Database => _builder.Database ?? User ?? string.Empty;

    /// <summary>Who connects, where that is known.</summary>
    public string? User => _builder.Username ?? FromEnvironment("PGUSER");

    /// <summary>Whether a password is given, other than by a file of passwords.</summary>
    public bool HasPassword => _builder.Password is not null || FromEnvironment("PGPASSWORD") is not null;

    /// <summary>Names the database and the server.</summary>
    public string Describe() => $"database {MessageText.Quote(Database)} on {MessageText.Quote(Server)}";

    /// <summary>Opens a connection.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
