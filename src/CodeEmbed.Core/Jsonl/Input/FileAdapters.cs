using CodeEmbed.Formats;

namespace CodeEmbed.Jsonl.Input;

/// <summary>What reads files that are not lines of text as they are.</summary>
/// <param name="Zstandard">What knows Zstandard, where something does.</param>
/// <param name="Store">What knows stores, where something does.</param>
internal readonly record struct FileAdapters(IZstandard? Zstandard = null, IEmbeddingStore? Store = null)
{
    /// <summary>Whether the lines of a file have to be made of what is in it: it is compressed, or a store.</summary>
    public static bool IsPacked(string path) => CompressedFormat.Of(path) is not null || StoreFormat.Of(path) is not null;

    /// <summary>Sees that there is what a file needs, before it is opened.</summary>
    /// <exception cref="NotSupportedException">There is not.</exception>
    public void RequireFor(string path)
    {
        CompressedFormat.Of(path)?.RequireAvailable(Zstandard);
        if (StoreFormat.Of(path) is { } format)
            StoreFormat.Require(Store, format);
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The same file, open at its start. It is disposed with the stream that is returned.</param>
    /// <exception cref="NotSupportedException">What the file needs is not there.</exception>
    public Stream OpenLines(string path, Stream file) => StoreFormat.Of(path) is { } format
        ? new RowStream(path, StoreFormat.Require(Store, format).ReadAsync(format, path), file)
        : CompressedFormat.Of(path)?.Decompress(file, Zstandard) ?? file;
}
