namespace CodeEmbed.Runs;

/// <summary>What a run is made with, and how far it is.</summary>
public sealed record EmbeddingRun
{
    /// <summary>The model, or <see langword="null"/> where the run embeds nothing itself.</summary>
    public EmbeddingModel? Model { get; init; }

    /// <summary>How many snippets make a batch, or <see langword="null"/> where the run embeds nothing itself.</summary>
    public int? BatchSize { get; init; }

    /// <summary>How far the run is; it goes on counting.</summary>
    public RunCounts Counts { get; init; } = new();
}
