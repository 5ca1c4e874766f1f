namespace CodeEmbed;

/// <summary>The port to an input of snippets.</summary>
public interface ISnippetReader
{
    /// <summary>The files that are read, in order; none if the snippets come from elsewhere.</summary>
    IReadOnlyList<string> InputFiles => [];

    /// <summary>Reads the records, one at a time and in order, without holding earlier ones.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>For each record its snippet, which is valid, or why the record is rejected.</returns>
    /// <exception cref="InvalidInputException">The input as a whole is not valid.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The input may not be read.</exception>
    IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(CancellationToken cancellationToken = default);
}
