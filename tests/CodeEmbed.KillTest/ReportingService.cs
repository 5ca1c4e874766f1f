namespace CodeEmbed.KillTest;

/// <summary>Says on standard output when the model is loaded, when it begins with a batch and when it is done with it.</summary>
/// <param name="inner">What embeds.</param>
internal sealed class ReportingService(IEmbeddingService inner) : IEmbeddingService
{
    private readonly HashSet<string> _begun = [];

    public EmbeddingModel? Model => inner.Model;

    public int BatchesAtOnce => inner.BatchesAtOnce;

    public EmbeddingModel Load(CancellationToken cancellationToken = default)
    {
        EmbeddingModel model = inner.Load(cancellationToken);
        Console.WriteLine(ChildReport.Loaded);
        return model;
    }

    public IReadOnlyList<CodeEmbedding> EmbedBatch(IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
    {
        // A batch that failed comes again in halves, and its snippets have begun already.
        lock (_begun)
            Console.WriteLine($"{ChildReport.Begun}{snippets.Count(snippet => _begun.Add(snippet.Id))}");

        try
        {
            IReadOnlyList<CodeEmbedding> embeddings = inner.EmbedBatch(snippets, cancellationToken);
            Console.WriteLine($"{ChildReport.Computed}{snippets.Count}");
            return embeddings;
        }
        catch (EmbeddingException) when (snippets.Count == 1)
        {
            Console.WriteLine(ChildReport.Refused);
            throw;
        }
    }

    public void Dispose() => inner.Dispose();
}
