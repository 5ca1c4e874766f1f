namespace CodeEmbed;

/// <summary>The port to files that hold embeddings in another format than JSON Lines.</summary>
/// <remarks>An implementation can be called from several threads at once, for different files.</remarks>
public interface IEmbeddingStore
{
    /// <summary>Writes a file of a format with columns, whole. Memory does not grow with the number of rows.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="file">The file: it exists and is empty.</param>
    /// <param name="header">What all rows have in common.</param>
    /// <param name="rows">The rows, in order. Their vectors have the header's length.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>A task that ends when everything is written, and the file is closed.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingRow> rows,
        CancellationToken cancellationToken = default);

    /// <summary>Whether a format keeps each record as a line of JSON, and not in columns.</summary>
    /// <param name="format">The format.</param>
    static bool KeepsLines(EmbeddingFileFormat format) => format == EmbeddingFileFormat.Safetensors;

    /// <summary>
    ///   Writes a file of a format that <see cref="KeepsLines"/>, whole. Memory does not grow with the number of lines.
    /// </summary>
    /// <param name="format">Its format.</param>
    /// <param name="file">The file: it exists and is empty.</param>
    /// <param name="header">What all embeddings have in common; it has the number of rows.</param>
    /// <param name="lines">The embeddings, in order.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>A task that ends when all is written, and the file is closed.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingLines> lines,
        CancellationToken cancellationToken = default);

    /// <summary>Returns what the rows of a file have in common.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">It is not such a file, or is damaged; the message is for users.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    EmbeddingStoreHeader Describe(EmbeddingFileFormat format, string file);

    /// <summary>Reads a file, in order, without holding earlier rows.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">It is not such a file, or is damaged; the message is for users.</exception>
    /// <exception cref="CodeEmbedException">A record in it is damaged; the message says where it is.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    IAsyncEnumerable<EmbeddingRow> ReadAsync(
        EmbeddingFileFormat format, string file, CancellationToken cancellationToken = default);
}
