namespace CodeEmbed.Stores;

/// <summary>Embeddings in safetensors, Parquet and SQLite files. See <c>docs/formats.md</c>.</summary>
public sealed class EmbeddingStore : IEmbeddingStore
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingRow> rows,
        CancellationToken cancellationToken = default)
    {
        switch (format)
        {
            case EmbeddingFileFormat.Parquet:
                await ParquetOutput.WriteAsync(file, header, rows, cancellationToken).ConfigureAwait(false);
                break;
            case EmbeddingFileFormat.Sqlite:
                await SqliteFile.WriteAsync(file, header, rows, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingLines> lines,
        CancellationToken cancellationToken = default) => format == EmbeddingFileFormat.Safetensors
            ? SafetensorsFile.WriteAsync(file, header, lines, cancellationToken)
            : throw new ArgumentOutOfRangeException(nameof(format));

    /// <inheritdoc/>
    public EmbeddingStoreHeader Describe(EmbeddingFileFormat format, string file)
    {
        switch (format)
        {
            case EmbeddingFileFormat.Safetensors:
                using (var safetensors = new SafetensorsFile(file))
                    return safetensors.Header;

            case EmbeddingFileFormat.Parquet:
                return ParquetInput.DescribeAsync(file).AsTask().GetAwaiter().GetResult();
            case EmbeddingFileFormat.Sqlite:
                using (var sqlite = new SqliteFile(file))
                    return sqlite.Header;

            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EmbeddingRow> ReadAsync(
        EmbeddingFileFormat format, string file, CancellationToken cancellationToken = default) => format switch
        {
            EmbeddingFileFormat.Safetensors => SafetensorsFile.Read(file, cancellationToken).ToAsyncEnumerable(),
            EmbeddingFileFormat.Parquet => ParquetInput.ReadAsync(file, cancellationToken),
            EmbeddingFileFormat.Sqlite => SqliteFile.Read(file, cancellationToken).ToAsyncEnumerable(),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
}
