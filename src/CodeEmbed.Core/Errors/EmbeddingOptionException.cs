using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>
///   One of the <see cref="EmbeddingServiceOptions"/> has a value that the model or the machine does not support.
/// </summary>
/// <remarks>The model itself can be used, with another value.</remarks>
public sealed class EmbeddingOptionException : CodeEmbedException
{
    /// <summary>Makes an exception that names the option.</summary>
    /// <param name="option">The option's name, such as <c>MaxLength</c>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="problem">What is wrong with the value, to follow it: <c>is larger than …</c>; with the full stop.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public EmbeddingOptionException(string option, string value, string problem, string remedy, Exception? innerException = null)
        : base($"{option} {MessageText.Quote(value)} {problem} {remedy}", innerException)
    {
        Option = option;
        Value = value;
        Remedy = MessageText.OneLine(remedy);
    }

    /// <inheritdoc/>
    public override string ErrorId => "ParameterError";

    /// <summary>The option's name: that of a property of <see cref="EmbeddingServiceOptions"/>.</summary>
    public string Option { get; }

    /// <summary>The option's value.</summary>
    public string Value { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }
}
