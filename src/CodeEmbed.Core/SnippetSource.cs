namespace CodeEmbed;

/// <summary>Where a snippet was read: a file and a line in it.</summary>
/// <param name="File">The path of the file, as it was given to the reader.</param>
/// <param name="Line">The number of the line; the first is 1.</param>
public sealed record SnippetSource(string File, long Line)
{
    /// <summary>Returns the place as editors and compilers write it: <c>file:line</c>.</summary>
    public override string ToString() => $"{File}:{Line}";
}
