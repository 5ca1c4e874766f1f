using System.Net.Sockets;
using CodeEmbed.Errors;
using Npgsql;

namespace CodeEmbed.Postgres;

/// <summary>Explains a server's errors.</summary>
internal static class ServerErrors
{
    /// <summary>Determines whether an exception comes from the server or from the connection to it.</summary>
    public static bool IsOne(Exception error) => error is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>
    ///   Determines whether a retry may succeed: the connection was lost, the server is starting or full, or another
    ///   transaction was in the way.
    /// </summary>
    public static bool IsPassing(Exception error) => error switch
    {
        PostgresException e => e.SqlState is "57P01" or "57P02" or "57P03" or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.TooManyConnections
            || e.SqlState.StartsWith("08", StringComparison.Ordinal) || IsCreatedMeanwhile(e),
        NpgsqlException { InnerException: AggregateException e } => e.InnerExceptions.Any(IsPassing),
        NpgsqlException { InnerException: NpgsqlException e } => IsPassing(e),
        NpgsqlException e => e.IsTransient || e.InnerException is IOException or SocketException or TimeoutException,
        _ => error is SocketException or IOException or TimeoutException,
    };

    /// <summary>Describes, in sentences, what is wrong and what to do.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="settings">The connection's settings.</param>
    public static string Describe(Exception error, ConnectionSettings settings) => Unwrap(error) switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } =>
            $"the server refuses the password{Of(settings)}. Give another in the connection string, in PGPASSWORD or in a "
            + "password file.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } e =>
            $"the server refuses the user: {Sentence(e)}",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            $"the server has no database {MessageText.Quote(settings.Database)}. Name another, or create it.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e =>
            $"the user does not have the permission: {Sentence(e)}",
        PostgresException e => $"the server says: {Sentence(e)} ({e.SqlState})",
        NpgsqlException e when IsPasswordMissing(e, settings) =>
            $"the server requires a password{Of(settings)}, and none is given. Give one in the connection string, in PGPASSWORD "
            + "or in a password file.",
        { InnerException: SocketException e } => $"the server does not answer: {Sentence(e)}",
        { InnerException: TimeoutException } => "the server did not answer in time.",
        { InnerException: IOException } => "the connection was lost.",
        TimeoutException => "the server did not answer in time.",
        var other => Sentence(other),
    };

    /// <summary>What kind of problem an exception is.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="settings">The connection's settings.</param>
    public static StoreProblem KindOf(Exception error, ConnectionSettings settings) => Unwrap(error) switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } => StoreProblem.Password,
        NpgsqlException e when IsPasswordMissing(e, settings) => StoreProblem.Password,
        _ => StoreProblem.Other,
    };

    private static bool IsPasswordMissing(NpgsqlException error, ConnectionSettings settings) =>
        error.InnerException is null && !settings.HasPassword
        && error.Message.Contains("assword", StringComparison.Ordinal) && error is not PostgresException;

    /// <summary>The error of the first server, if the connection string names several and none of them answers.</summary>
    private static Exception Unwrap(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Unwrap(first),
        NpgsqlException { InnerException: (AggregateException or NpgsqlException) and var inner } => Unwrap(inner),
        _ => error,
    };

    /// <summary>Another run created the same table or type at the same moment, so it exists now.</summary>
    private static bool IsCreatedMeanwhile(PostgresException error) =>
        error.SqlState == PostgresErrorCodes.DuplicateTable
        || (error.SqlState == PostgresErrorCodes.UniqueViolation && error.SchemaName == "pg_catalog");

    private static string Of(ConnectionSettings settings) =>
        settings.User is { } user ? $" for {MessageText.Quote(user)}" : string.Empty;

    private static string Sentence(Exception error) =>
        $"{(error is PostgresException e ? e.MessageText : error.Message).TrimEnd('.')}.";
}
