namespace CodeEmbed;

/// <summary>
///   Some embeddings, for a store that keeps each record as a line of JSON. They are valid until the next ones are read.
/// </summary>
/// <param name="Count">How many embeddings there are.</param>
/// <param name="Vectors">Their vectors, one after the other: float32 with the lowest byte first.</param>
/// <param name="Records">Their records without the vectors, as JSON Lines: each ends with LF.</param>
public readonly record struct EmbeddingLines(int Count, ReadOnlyMemory<byte> Vectors, ReadOnlyMemory<byte> Records);
