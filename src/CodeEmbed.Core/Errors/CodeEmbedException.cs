using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>The base of the exceptions for bad input, bad models and failed embedding.</summary>
public abstract class CodeEmbedException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong, where, and what to do; one line. Control characters are shown escaped.</param>
    /// <param name="innerException">The cause.</param>
    protected CodeEmbedException(string message, Exception? innerException)
        : base(MessageText.OneLine(message), innerException)
    {
    }

    /// <summary>The name of this kind of error, which does not change from version to version.</summary>
    public abstract string ErrorId { get; }

    /// <summary>The file that holds the embeddings finished before the failure, if there is one.</summary>
    public string? PartialFile { get; set; }

    /// <summary>What is wrong, where, and what to do; with the <see cref="PartialFile"/>, if there is one.</summary>
    public override string Message => PartialFile is null ? base.Message : $"{base.Message} {DescribePartialFile(PartialFile)}";

    /// <summary>Says, in a sentence, where a run that failed left its output.</summary>
    /// <param name="partialFile">The path of the partial file.</param>
    /// <returns>The sentence.</returns>
    public static string DescribePartialFile(string partialFile) => $"The unfinished output is '{partialFile}'.";
}
