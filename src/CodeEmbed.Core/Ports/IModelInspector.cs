namespace CodeEmbed;

/// <summary>The port that inspects a model folder.</summary>
public interface IModelInspector
{
    /// <summary>
    ///   The values of <c>model_type</c> in config.json whose checkpoints can be run; a model of any other type needs an export
    ///   to ONNX.
    /// </summary>
    IReadOnlyCollection<string> ModelTypes { get; }

    /// <summary>Reads what a folder's files say about the model.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>What they say; nothing if they cannot be read.</returns>
    ModelSummary Inspect(string folder);
}
