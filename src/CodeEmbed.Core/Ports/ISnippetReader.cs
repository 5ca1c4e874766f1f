namespace CodeEmbed;

/// <summary>The port that snippets come in by.</summary>
public interface ISnippetReader
{
    /// <summary>The files that are read, in order; none where the snippets come from elsewhere.</summary>
    IReadOnlyList<string> InputFiles => [];

    /// <summary>How many records have been passed over, because they were not valid.</summary>
    long RefusedRecords => 0;

    /// <summary>Reads the snippets, one at a time and in order, without holding what was read before.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The snippets; each is valid.</returns>
    /// <exception cref="InvalidInputException">The input is not what it should be.</exception>
    /// <exception cref="SnippetValidationException">A record lacks a field, or a field has the wrong type.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The input may not be read.</exception>
    IAsyncEnumerable<CodeSnippet> ReadAsync(CancellationToken cancellationToken = default);
}
