namespace CodeEmbed.Search;

/// <summary>The port to vectors to search: a file of embeddings, or a store.</summary>
public interface IVectorSource
{
    /// <summary>Where the vectors are: for a file, its path as it was given.</summary>
    string Path { get; }

    /// <summary>Returns which model made the vectors.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The origin in the first valid record; <see langword="null"/> if there is no record.</returns>
    /// <exception cref="CodeEmbedException">
    ///   The source as a whole is not valid, or none of its records is valid.
    /// </exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The source may not be read.</exception>
    ValueTask<VectorOrigin?> DescribeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    ///   A value that changes when the source does: reads with the same value before and after gave the same vectors. <see
    ///   langword="null"/> if that cannot be known, or if records cannot be found again; then nothing is cached.
    /// </summary>
    /// <exception cref="IOException">The source cannot be accessed.</exception>
    /// <exception cref="UnauthorizedAccessException">The source may not be accessed.</exception>
    string? ReadVersion();

    /// <summary>Reads all vectors, in order, without holding earlier ones.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The vectors in blocks. Each is valid until the next one is asked for.</returns>
    /// <exception cref="IndexException">The source mixes vectors of different fingerprints.</exception>
    /// <exception cref="InvalidInputException">The source as a whole is not valid.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The source may not be read.</exception>
    IAsyncEnumerable<VectorBlock> ReadAsync(CancellationToken cancellationToken = default);
}

/// <summary>The model that made the vectors of a source.</summary>
/// <param name="ModelName">See <see cref="CodeEmbedding.ModelName"/>.</param>
/// <param name="Fingerprint">See <see cref="CodeEmbedding.Fingerprint"/>; the same for every vector of the source.</param>
/// <param name="Dimensions">The length of the vectors.</param>
/// <param name="Precision">See <see cref="CodeEmbedding.Precision"/>.</param>
/// <param name="Normalized">See <see cref="CodeEmbedding.Normalized"/>.</param>
public sealed record VectorOrigin(
    string ModelName, string Fingerprint, int Dimensions, EmbeddingPrecision Precision, bool Normalized);
