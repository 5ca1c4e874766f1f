namespace CodeEmbed.Formats;

/// <summary>The store format of a file, by its name.</summary>
internal static class StoreFormat
{
    private static readonly (string Ending, EmbeddingFileFormat Format, string Name)[] Endings =
    [
        (".safetensors", EmbeddingFileFormat.Safetensors, "a safetensors file"),
        (".parquet", EmbeddingFileFormat.Parquet, "a Parquet file"),
        (".db", EmbeddingFileFormat.Sqlite, "an SQLite database"),
        (".sqlite", EmbeddingFileFormat.Sqlite, "an SQLite database"),
        (".sqlite3", EmbeddingFileFormat.Sqlite, "an SQLite database"),
    ];

    /// <summary>The format that a file has by its name, or <see langword="null"/> if it is not that of a store.</summary>
    public static EmbeddingFileFormat? Of(string path)
    {
        foreach ((string ending, EmbeddingFileFormat format, _) in Endings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return format;
        }

        return null;
    }

    /// <summary>The name of a file of a format: a noun with its article.</summary>
    public static string NameOf(EmbeddingFileFormat format) => Array.Find(Endings, entry => entry.Format == format).Name;

    /// <summary>Ensures that an adapter for stores was given.</summary>
    /// <exception cref="NotSupportedException">None was given.</exception>
    public static IEmbeddingStore Require(IEmbeddingStore? store, EmbeddingFileFormat format) => store
        ?? throw new NotSupportedException(
            $"its name is that of {NameOf(format)}, and no adapter for such files was given. Use CodeEmbed.Stores.");
}
