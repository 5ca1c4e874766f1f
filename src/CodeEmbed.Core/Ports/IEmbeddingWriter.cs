using CodeEmbed.Runs;

namespace CodeEmbed;

/// <summary>The port to an output for embeddings.</summary>
public interface IEmbeddingWriter : IAsyncDisposable
{
    /// <summary>
    ///   The file that holds the embeddings written so far while the output is not complete, or <see langword="null"/> if
    ///   nothing is held back.
    /// </summary>
    string? PartialFile { get; }

    /// <summary>Begins the output of a run, once and before its first embedding.</summary>
    /// <param name="run">The run. It may read more files later.</param>
    /// <returns>The embeddings of an interrupted run, which need not be made again.</returns>
    /// <exception cref="IOException">
    ///   The output would replace a file that the run reads, or be appended to one whose embeddings it reuses; or it
    ///   resumes that of an interrupted run, which was made with other settings or read another file. If a file is added to
    ///   the run later, the next call throws.
    /// </exception>
    IResumedEmbeddings Begin(EmbeddingRun run);

    /// <summary>Writes embeddings after those written before.</summary>
    /// <param name="embeddings">The embeddings, in order.</param>
    /// <param name="cancellationToken">Stops the writing between two embeddings.</param>
    /// <returns>A task that ends when they are written.</returns>
    /// <exception cref="SnippetValidationException">
    ///   An embedding lacks what it must have, or its vector is not finite.
    /// </exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be written.</exception>
    ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Makes the output complete. Without this call the output is unfinished, and the earlier output stays.
    /// </summary>
    /// <param name="cancellationToken">Stops before the output is complete.</param>
    /// <returns>A task that ends when the output is in its place.</returns>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be written.</exception>
    ValueTask CompleteAsync(CancellationToken cancellationToken = default);
}
