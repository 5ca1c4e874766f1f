namespace CodeEmbed;

/// <summary>A table of a database cannot be written or read.</summary>
public sealed class StoreException : CodeEmbedException
{
    /// <summary>The <see cref="ErrorId"/> of a table that cannot be written, and of one that cannot be read.</summary>
    internal const string WriteErrorId = "StoreWriteError", ReadErrorId = "StoreReadError";

    private StoreException(string errorId, string store, string message, Exception? innerException)
        : base(message, innerException) => (ErrorId, Store) = (errorId, store);

    /// <inheritdoc/>
    public override string ErrorId { get; }

    /// <summary>The table and its database: see <see cref="IEmbeddingDatabase.Name"/>.</summary>
    public string Store { get; }

    /// <summary>What kind of problem it is.</summary>
    public StoreProblem Problem { get; private init; }

    /// <summary>Makes an exception for a table that cannot be written.</summary>
    /// <param name="store">The table and its database; nothing secret.</param>
    /// <param name="problem">What is wrong, what is in the table and what to do, as sentences; nothing secret.</param>
    /// <param name="innerException">The cause.</param>
    /// <param name="kind">What kind of problem it is.</param>
    public static StoreException NotWritten(
        string store, string problem, Exception? innerException = null, StoreProblem kind = StoreProblem.Other) =>
        new(WriteErrorId, store, $"Cannot write the {store}: {problem}", innerException) { Problem = kind };

    /// <summary>Makes an exception for a table that cannot be read.</summary>
    /// <param name="store">The table and its database; nothing secret.</param>
    /// <param name="problem">What is wrong and what to do, as sentences; nothing secret.</param>
    /// <param name="innerException">The cause.</param>
    /// <param name="kind">What kind of problem it is.</param>
    public static StoreException NotRead(
        string store, string problem, Exception? innerException = null, StoreProblem kind = StoreProblem.Other) =>
        new(ReadErrorId, store, $"Cannot read the {store}: {problem}", innerException) { Problem = kind };
}
