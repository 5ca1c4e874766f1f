namespace CodeEmbed.Jsonl.Records;

/// <summary>Where a record was read.</summary>
/// <param name="Source">The file and the line.</param>
/// <param name="InputFraction">
///   How much of the whole input ends with the record, from 0 to 1; <see langword="null"/> where that is not known.
/// </param>
internal readonly record struct RecordPlace(SnippetSource Source, double? InputFraction = null);
