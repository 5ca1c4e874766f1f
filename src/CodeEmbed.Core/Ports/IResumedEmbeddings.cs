namespace CodeEmbed;

/// <summary>The embeddings that an interrupted run left, to be read by the run that resumes it.</summary>
public interface IResumedEmbeddings
{
    /// <summary>What is left where no run is resumed: nothing.</summary>
    static IResumedEmbeddings None { get; } = new NothingResumed();

    /// <summary>Finds the embedding of a snippet. Snippets are to be asked for in the order of the input, each once.</summary>
    /// <param name="snippet">The snippet.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The embedding, to be written like any other, or <see langword="null"/> if there is none.</returns>
    /// <exception cref="IOException">What is left cannot be read, or is of a run that read another file.</exception>
    ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default);

    private sealed class NothingResumed : IResumedEmbeddings
    {
        public ValueTask<CodeEmbedding?> FindAsync(CodeSnippet snippet, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<CodeEmbedding?>(null);
    }
}
