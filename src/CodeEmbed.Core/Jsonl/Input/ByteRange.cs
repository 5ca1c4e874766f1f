namespace CodeEmbed.Jsonl.Input;

/// <summary>A part of a file's text, which is what is in the file when it is decompressed.</summary>
/// <param name="Start">The offset of its first byte.</param>
/// <param name="End">The offset of the first byte after it.</param>
internal readonly record struct ByteRange(long Start, long End);
