using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl;

/// <summary>Reads embeddings from a file that <see cref="JsonlEmbeddingWriter"/> wrote. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   What <see cref="JsonlSnippetReader"/> takes is taken here. Where the content was left out of the file, the
///   <see cref="CodeSnippet.Content"/> of the snippets is <see langword="null"/>.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="skipInvalid">
///   Takes each record that is not valid, and the reading continues; <see langword="null"/> to end the reading at the first. What makes
///   the file itself unreadable, such as another encoding or damaged gzip data, ends it in any case.
/// </param>
public sealed class JsonlEmbeddingReader(string path, Action<RefusedRecord>? skipInvalid = null)
{
    /// <summary>Reads the embeddings, one at a time and in order, without holding what was read before.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The embeddings; each is valid.</returns>
    /// <exception cref="InvalidInputException">The input is not what it should be.</exception>
    /// <exception cref="SnippetValidationException">A record lacks a field, or a field has the wrong type.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The input may not be read.</exception>
    public IAsyncEnumerable<CodeEmbedding> ReadAsync(CancellationToken cancellationToken = default) => Open().ReadAsync(cancellationToken);

    /// <summary>Reads the embeddings, and gives <see langword="null"/> for each record that was passed over.</summary>
    internal IAsyncEnumerable<CodeEmbedding?> ReadWithGapsAsync(CancellationToken cancellationToken) => Open().ReadWithGapsAsync(cancellationToken);

    private JsonlRecords<CodeEmbedding> Open() => new(path, share: null, EmbeddingRecordParser.Parse, skipInvalid);
}
