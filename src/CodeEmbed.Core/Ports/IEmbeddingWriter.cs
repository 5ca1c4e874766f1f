using CodeEmbed.Runs;

namespace CodeEmbed;

/// <summary>The port that embeddings go out by.</summary>
public interface IEmbeddingWriter : IAsyncDisposable
{
    /// <summary>
    ///   The file that holds what was written while the output is not complete, or <see langword="null"/> where
    ///   there is none.
    /// </summary>
    string? PartialFile { get; }

    /// <summary>Takes note of what a run is made with, once and before its first embedding.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="IOException">The output resumes that of an interrupted run, which was made with something else.</exception>
    void Begin(EmbeddingRun run)
    {
    }

    /// <summary>Takes note of a file that the run is going to read, in the order in which the files are read.</summary>
    /// <param name="input">The file.</param>
    /// <exception cref="IOException">
    ///   The output would take the place of the file, or resumes that of an interrupted run, which read another file.
    /// </exception>
    void AddInput(InputFile input)
    {
    }

    /// <summary>
    ///   Finds the embedding of a snippet in what an interrupted run left, so that it need not be made again. Snippets are to be asked
    ///   for in the order of the input, each once, after <see cref="Begin"/>.
    /// </summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The embedding, to be written like any other, or <see langword="null"/> where there is none.</returns>
    /// <exception cref="IOException">The output cannot be read.</exception>
    ValueTask<CodeEmbedding?> FindFinishedAsync(CodeSnippet snippet, CancellationToken cancellationToken = default) => ValueTask.FromResult<CodeEmbedding?>(null);

    /// <summary>Writes embeddings after those written before.</summary>
    /// <param name="embeddings">The embeddings, in order.</param>
    /// <param name="cancellationToken">Stops the writing between two embeddings.</param>
    /// <returns>A task that ends when they are written.</returns>
    /// <exception cref="SnippetValidationException">An embedding lacks what it must have, or its vector is not finite.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be written.</exception>
    ValueTask WriteAsync(IReadOnlyList<CodeEmbedding> embeddings, CancellationToken cancellationToken = default);

    /// <summary>
    ///   Makes the output complete. Without this call the output is unfinished, and what was there before stands.
    /// </summary>
    /// <param name="cancellationToken">Stops before the output is complete.</param>
    /// <returns>A task that ends when the output is in its place.</returns>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The output may not be written.</exception>
    ValueTask CompleteAsync(CancellationToken cancellationToken = default);
}
