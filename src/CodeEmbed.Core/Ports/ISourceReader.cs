namespace CodeEmbed;

/// <summary>The port that makes snippets of files of source code.</summary>
/// <remarks>For one thread at a time; the files are read and cut on others.</remarks>
public interface ISourceReader
{
    /// <summary>
    ///   Reads a file, or every file of a folder and of those in it. What comes back is in order, and may be of files that were
    ///   given in earlier calls; what is under way when the last one was taken comes with the next call.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IEnumerable<SourceFileResult> Read(SourcePath path, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Lists, in order and by their full paths, the files that <see cref="Read"/> reads. What was listed before is not listed
    ///   again.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    IEnumerable<string> List(SourcePath path);

    /// <summary>Waits for the files that are still under way.</summary>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>What came of them, in order.</returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IEnumerable<SourceFileResult> Complete(CancellationToken cancellationToken = default);
}
