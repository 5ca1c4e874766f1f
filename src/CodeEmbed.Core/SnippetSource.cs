namespace CodeEmbed;

/// <summary>Where a snippet was read: a file and a line in it.</summary>
/// <param name="File">The path of the file, as it was given to the reader.</param>
/// <param name="Line">The number of the line in which the record starts; the first is 1.</param>
public sealed record SnippetSource(string File, long Line)
{
    /// <summary>
    ///   Which element of the file's array the record is; the first is 1. <see langword="null"/> where each line is a record.
    /// </summary>
    public long? Element { get; init; }

    /// <summary>
    ///   Returns the place as editors and compilers write it: <c>file:line</c>, and <c>file:line: element 3</c> in an array.
    /// </summary>
    public override string ToString() => Element is { } element ? $"{File}:{Line}: element {element}" : $"{File}:{Line}";
}
