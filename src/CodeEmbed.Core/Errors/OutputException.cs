using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>An output cannot be made as the options say; it was not changed.</summary>
public sealed class OutputException : IOException
{
    /// <summary>Makes an exception.</summary>
    /// <param name="problem">What kind of problem it is.</param>
    /// <param name="message">What is wrong, as a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public OutputException(OutputProblem problem, string message, Exception? innerException = null)
        : base(MessageText.OneLine(message), innerException) => Problem = problem;

    /// <summary>What kind of problem it is.</summary>
    public OutputProblem Problem { get; }
}
