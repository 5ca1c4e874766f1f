namespace CodeEmbed;

/// <summary>The input is not JSON Lines: bad JSON, another encoding, nested too deep, a line too long.</summary>
public sealed class InvalidInputException : CodeEmbedException
{
    /// <summary>Makes an exception that names the place.</summary>
    /// <param name="source">The file and the line.</param>
    /// <param name="problem">What the parser saw, as a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public InvalidInputException(SnippetSource source, string problem, Exception? innerException = null)
        : base($"{source}: {problem}", innerException) => Place = source;

    /// <inheritdoc/>
    public override string ErrorId => "InvalidInputError";

    /// <summary>The file and the line.</summary>
    public SnippetSource Place { get; }

    /// <summary>Whether the line is not text at all, so that the others of its file will not be either.</summary>
    internal bool IsBinary { get; init; }
}
