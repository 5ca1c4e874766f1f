namespace CodeEmbed.KillTest;

/// <summary>Says on standard output when the model is loaded, when it begins with a batch and when it is done with it.</summary>
/// <param name="inner">What embeds.</param>
internal sealed class ReportingService(IEmbeddingService inner) : IEmbeddingService
{
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
        Console.WriteLine($"{ChildReport.Begun}{snippets.Count}");
        IReadOnlyList<CodeEmbedding> embeddings = inner.EmbedBatch(snippets, cancellationToken);
        Console.WriteLine($"{ChildReport.Computed}{snippets.Count}");
        return embeddings;
    }

    public void Dispose() => inner.Dispose();
}
