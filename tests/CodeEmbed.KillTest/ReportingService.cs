namespace CodeEmbed.KillTest;

/// <summary>Reports on standard output when the model is loaded, and when it starts and finishes a batch.</summary>
/// <param name="inner">The service that embeds.</param>
internal sealed class ReportingService(IEmbeddingService inner) : IEmbeddingService
{
    public EmbeddingModel? Model => inner.Model;

    public int BatchesAtOnce => inner.BatchesAtOnce;

    public async Task<EmbeddingModel> LoadAsync(CancellationToken cancellationToken = default)
    {
        EmbeddingModel model = await inner.LoadAsync(cancellationToken);
        Console.WriteLine(ChildReport.Loaded);
        return model;
    }

    public async Task<IReadOnlyList<Outcome<CodeEmbedding>>> EmbedAsync(
        IReadOnlyList<CodeSnippet> snippets, CancellationToken cancellationToken = default)
    {
        Console.WriteLine($"{ChildReport.Begun}{snippets.Count}");
        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await inner.EmbedAsync(snippets, cancellationToken);
        int rejected = outcomes.Count(outcome => outcome.IsRejected);
        Console.WriteLine($"{ChildReport.Rejected}{rejected}");
        Console.WriteLine($"{ChildReport.Computed}{snippets.Count - rejected}");
        return outcomes;
    }

    public void Dispose() => inner.Dispose();
}
