namespace CodeEmbed;

/// <summary>The port that tells what is in a model folder.</summary>
public interface IModelInspector
{
    /// <summary>Reads what a folder's files say of the model.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>What they say; nothing where they cannot be read.</returns>
    ModelSummary Inspect(string folder);
}
