using CodeEmbed.Formats;

namespace CodeEmbed.Jsonl.Input;

/// <summary>The adapters for files that are not plain lines of text.</summary>
/// <param name="Zstandard">The adapter for Zstandard, if there is one.</param>
/// <param name="Store">The adapter for stores, if there is one.</param>
internal readonly record struct FileAdapters(IZstandard? Zstandard = null, IEmbeddingStore? Store = null)
{
    /// <summary>Whether a file's lines must be made from its contents: it is compressed, or a store.</summary>
    public static bool IsPacked(string path) => CompressedFormat.Of(path) is not null || StoreFormat.Of(path) is not null;

    /// <summary>Ensures that the adapter a file needs is there, before the file is opened.</summary>
    /// <exception cref="NotSupportedException">It is missing.</exception>
    public void RequireFor(string path)
    {
        CompressedFormat.Of(path)?.RequireAvailable(Zstandard);
        if (StoreFormat.Of(path) is { } format)
            StoreFormat.Require(Store, format);
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The same file, open at its start. It is disposed with the stream that is returned.</param>
    /// <exception cref="NotSupportedException">The adapter that the file needs is missing.</exception>
    public Stream OpenLines(string path, Stream file) => StoreFormat.Of(path) is { } format
        ? new RowStream(path, StoreFormat.Require(Store, format).ReadAsync(format, path), file)
        : CompressedFormat.Of(path)?.Decompress(file, Zstandard) ?? file;
}
