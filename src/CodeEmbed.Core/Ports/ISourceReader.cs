namespace CodeEmbed;

/// <summary>The port that makes snippets from source files.</summary>
/// <remarks>For one thread at a time; the files are read and cut on others.</remarks>
public interface ISourceReader
{
    /// <summary>
    ///   Reads a file, or every file in a folder and its subfolders. The results are in order, and may be for files that were
    ///   given in earlier calls; files still in progress after the last result come with the next call.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IEnumerable<SourceFileResult> Read(SourcePath path, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Lists, in order and by their full paths, the files that <see cref="Read"/> reads. Files that were listed before are not
    ///   listed again.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    /// <exception cref="OperationCanceledException">The listing was stopped.</exception>
    IEnumerable<string> List(SourcePath path, CancellationToken cancellationToken = default);

    /// <summary>Waits for the files that are still in progress.</summary>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Their results, in order.</returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IEnumerable<SourceFileResult> Complete(CancellationToken cancellationToken = default);
}
