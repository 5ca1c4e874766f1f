namespace CodeEmbed;

/// <summary>A file format for embeddings other than JSON Lines and NumPy's.</summary>
public enum EmbeddingFileFormat
{
    /// <summary>safetensors, as Hugging Face defines it. Such files end in <c>.safetensors</c>.</summary>
    Safetensors,

    /// <summary>Apache Parquet. Such files end in <c>.parquet</c>.</summary>
    Parquet,

    /// <summary>An SQLite database. Such files end in <c>.db</c>, <c>.sqlite</c> or <c>.sqlite3</c>.</summary>
    Sqlite,
}
