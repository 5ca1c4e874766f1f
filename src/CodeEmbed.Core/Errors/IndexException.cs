using CodeEmbed.Errors;

namespace CodeEmbed;

/// <summary>
///   A file of embeddings cannot be used as a whole: its vectors come from different models, or from another one than the
///   question or the other files; or the file next to it contradicts its records.
/// </summary>
public sealed class IndexException : CodeEmbedException
{
    /// <summary>Makes an exception that names the file.</summary>
    /// <param name="index">The file of embeddings.</param>
    /// <param name="problem">What is wrong and what to do, as sentences.</param>
    /// <param name="innerException">The cause.</param>
    public IndexException(string index, string problem, Exception? innerException = null)
        : base($"'{index}' cannot be used: {problem}", innerException) => Index = index;

    /// <inheritdoc/>
    public override string ErrorId => "IndexError";

    /// <summary>The file of embeddings.</summary>
    public string Index { get; }

    /// <summary>Whether it helps to name the model that made the file.</summary>
    internal bool AsksForModel { get; init; }

    /// <summary>Names a model as messages do: by its name and its fingerprint.</summary>
    internal static string Describe(string modelName, string fingerprint) =>
        $"{MessageText.Quote(modelName)} with the fingerprint {MessageText.Shorten(fingerprint)}";
}
