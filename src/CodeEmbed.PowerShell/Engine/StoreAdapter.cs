namespace CodeEmbed.PowerShell.Engine;

/// <summary>The adapter for stores. It can be passed for any file, and is loaded when a file needs it.</summary>
internal sealed class StoreAdapter : IEmbeddingStore
{
    private static readonly Adapter Adapter = new("stores", "CodeEmbed.Stores");

    private readonly Lazy<IEmbeddingStore> _store = new(() => Adapter.Make<IEmbeddingStore>("EmbeddingStore"));

    private StoreAdapter()
    {
    }

    /// <summary>The instance that all cmdlets use.</summary>
    public static IEmbeddingStore Instance { get; } = new StoreAdapter();

    /// <inheritdoc/>
    public ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingRow> rows,
        CancellationToken cancellationToken = default) =>
        _store.Value.WriteAsync(format, file, header, rows, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(
        EmbeddingFileFormat format,
        string file,
        EmbeddingStoreHeader header,
        IAsyncEnumerable<EmbeddingLines> lines,
        CancellationToken cancellationToken = default) =>
        _store.Value.WriteAsync(format, file, header, lines, cancellationToken);

    /// <inheritdoc/>
    public EmbeddingStoreHeader Describe(EmbeddingFileFormat format, string file) => _store.Value.Describe(format, file);

    /// <inheritdoc/>
    public IAsyncEnumerable<EmbeddingRow> ReadAsync(
        EmbeddingFileFormat format, string file, CancellationToken cancellationToken = default) =>
        _store.Value.ReadAsync(format, file, cancellationToken);
}
