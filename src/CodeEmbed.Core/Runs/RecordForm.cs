namespace CodeEmbed.Runs;

/// <summary>The choices in how a record is written.</summary>
/// <param name="ExcludeContent">Whether the digest of the content replaces it.</param>
/// <param name="Encoding">How the vector is written.</param>
/// <param name="Table">The database table that the records are for, if there is one.</param>
internal readonly record struct RecordForm(bool ExcludeContent, EmbeddingVectorEncoding Encoding, string? Table = null);
