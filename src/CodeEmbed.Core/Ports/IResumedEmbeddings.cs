namespace CodeEmbed;

/// <summary>The embeddings of an interrupted run, for the run that resumes it.</summary>
public interface IResumedEmbeddings
{
    /// <summary>No embeddings, for a run that resumes none.</summary>
    static IResumedEmbeddings None { get; } = new NothingResumed();

    /// <summary>Finds the embedding of a snippet. Ask for snippets in the order of the input, each once.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The embedding, to be written like any other, or <see langword="null"/> if the snippet must be embedded.</returns>
    /// <exception cref="IOException">The embeddings cannot be read, or belong to a run that read another file.</exception>
    ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default);

    private sealed class NothingResumed : IResumedEmbeddings
    {
        public ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<CodeEmbedding?>(null);
    }
}
