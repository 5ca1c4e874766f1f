namespace CodeEmbed.Files;

/// <summary>Counts the lines of a file before the place at which its reading starts.</summary>
internal interface ILinesBefore
{
    /// <summary>How many lines they are. They are counted when it is first asked.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    long Count { get; }
}
