using CodeEmbed.Files;

namespace CodeEmbed;

/// <summary>Where a snippet was read: a file and a line in it.</summary>
/// <param name="File">The path of the file, as it was given to the reader.</param>
/// <param name="Line">The number of the line in which the record starts; the first is 1.</param>
public sealed record SnippetSource(string File, long Line)
{
    private readonly long _line = Line;

    /// <summary>
    ///   The number of the line in which the record starts; the first is 1. If a file was read from its middle on, the lines
    ///   before are counted when this is first asked for.
    /// </summary>
    /// <exception cref="IOException">The lines before cannot be counted.</exception>
    /// <exception cref="UnauthorizedAccessException">The lines before may not be counted.</exception>
    public long Line { get => _line + (LinesBefore?.Count ?? 0); init => _line = value; }

    /// <summary>
    ///   Which element of the file's array the record is; the first is 1. <see langword="null"/> if each line is a record.
    /// </summary>
    public long? Element { get; init; }

    /// <summary>Counts the lines before those that were read, if the reading did not start with the file.</summary>
    internal ILinesBefore? LinesBefore { get; init; }

    /// <summary>
    ///   Returns the place as editors and compilers write it: <c>file:line</c>, and <c>file:line: element 3</c> in an array.
    /// </summary>
    public override string ToString() => Element is { } element ? $"{File}:{Line}: element {element}" : $"{File}:{Line}";

    /// <summary>Whether it is the same place.</summary>
    /// <param name="other">The other place.</param>
    public bool Equals(SnippetSource? other) =>
        other is not null && File == other.File && Line == other.Line && Element == other.Element;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(File, Line, Element);
}
