using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Lines;

namespace CodeEmbed.Jsonl;

/// <summary>Reads embeddings from a file that <see cref="JsonlEmbeddingWriter"/> wrote. See <c>docs/formats.md</c>.</summary>
/// <remarks>
///   What <see cref="JsonlSnippetReader"/> takes is taken here. Where the content was left out of the file, the
///   <see cref="CodeSnippet.Content"/> of the snippets is <see langword="null"/>.
/// </remarks>
/// <param name="path">The file.</param>
public sealed class JsonlEmbeddingReader(string path)
{
    /// <summary>What knows Zstandard; a file whose name ends in <c>.zst</c> is not read without it.</summary>
    public IZstandard? Zstandard { get; init; }

    /// <summary>Reads the records, one at a time and in order, without holding what was read before.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>For each record the embedding, which is valid, or why the record is rejected.</returns>
    /// <exception cref="InvalidInputException">The file as a whole is not what it should be.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The input may not be read.</exception>
    public IAsyncEnumerable<Outcome<CodeEmbedding>> ReadAsync(CancellationToken cancellationToken = default) =>
        new JsonlRecords<CodeEmbedding>(
            path, share: null, Zstandard, (record, place) => EmbeddingRecordParser.Parse(record.ToArray(), place))
            .ReadAsync(cancellationToken);
}
