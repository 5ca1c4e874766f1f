namespace CodeEmbed;

/// <summary>The port that finds the structure of a source file: its functions, classes and the blocks inside them.</summary>
/// <remarks>An implementation can be called from several threads at once.</remarks>
public interface ISourceParser
{
    /// <summary>The languages that can be parsed, by the names that snippets have.</summary>
    IReadOnlyCollection<string> Languages { get; }

    /// <summary>Parses a file.</summary>
    /// <param name="text">The file's text, whole.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="cancellationToken">Stops the work at once.</param>
    /// <returns>
    ///   The file's blocks; in a broken file those that can be recognized; <see langword="null"/> if none can.
    /// </returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    SourceOutline? Parse(string text, string language, CancellationToken cancellationToken = default);
}
