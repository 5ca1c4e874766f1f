namespace CodeEmbed.Formats;

/// <summary>Which format of a store a file has. Its name tells.</summary>
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

    /// <summary>The format that a file has by its name, or <see langword="null"/> where it is not that of a store.</summary>
    public static EmbeddingFileFormat? Of(string path)
    {
        foreach ((string ending, EmbeddingFileFormat format, _) in Endings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return format;
        }

        return null;
    }

    /// <summary>What a file of a format is called: a noun with its article.</summary>
    public static string NameOf(EmbeddingFileFormat format) => Array.Find(Endings, entry => entry.Format == format).Name;

    /// <summary>Sees that there is what reads and writes a store.</summary>
    /// <exception cref="NotSupportedException">There is not.</exception>
    public static IEmbeddingStore Require(IEmbeddingStore? store, EmbeddingFileFormat format) => store
        ?? throw new NotSupportedException(
            $"its name is that of {NameOf(format)}, and nothing was given that knows such files. CodeEmbed.Stores does.");
}
