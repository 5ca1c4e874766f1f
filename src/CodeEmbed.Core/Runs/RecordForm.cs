namespace CodeEmbed.Runs;

/// <summary>What an output leaves to choose of how a record is written.</summary>
/// <param name="ExcludeContent">Whether the digest of the content takes its place.</param>
/// <param name="Encoding">How the vector is written.</param>
/// <param name="Table">The table of a database that the records are for, where they are.</param>
internal readonly record struct RecordForm(bool ExcludeContent, EmbeddingVectorEncoding Encoding, string? Table = null);
