using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>A model cannot be loaded.</summary>
public sealed class ModelLoadException : CodeEmbedException
{
    /// <summary>Makes an exception that names the model.</summary>
    /// <param name="model">The model, as it was given.</param>
    /// <param name="problem">What is missing or wrong and what to do, as sentences. Control characters are shown escaped.</param>
    /// <param name="innerException">The cause.</param>
    public ModelLoadException(string model, string problem, Exception? innerException = null)
        : base($"The model '{model}' cannot be loaded: {problem}", innerException)
    {
        Model = model;
        Problem = MessageText.OneLine(problem);
    }

    private ModelLoadException(string message, string model, string problem, Exception? innerException)
        : base(message, innerException)
    {
        Model = model;
        Problem = problem;
    }

    /// <inheritdoc/>
    public override string ErrorId => "ModelLoadError";

    /// <summary>The model, as it was given.</summary>
    public string Model { get; }

    /// <summary>What is missing or wrong and what to do.</summary>
    public string Problem { get; }

    /// <summary>Makes an exception for a model that cannot be fetched, and so cannot be loaded.</summary>
    /// <param name="model">The model, as it was given.</param>
    /// <param name="problem">What is missing or wrong and what to do, as sentences.</param>
    /// <param name="innerException">The cause.</param>
    internal static ModelLoadException NotFetched(string model, string problem, Exception? innerException = null) =>
        new($"The model '{model}' cannot be fetched: {problem}", model, MessageText.OneLine(problem), innerException);
}
