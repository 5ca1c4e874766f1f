using CodeEmbed.Shards;

namespace CodeEmbed.Runs;

/// <summary>The settings of a run, and its progress.</summary>
public sealed record EmbeddingRun
{
    /// <summary>The model, or <see langword="null"/> if the run embeds nothing itself.</summary>
    public EmbeddingModel? Model { get; init; }

    /// <summary>How many snippets make a batch, or <see langword="null"/> if the run embeds nothing itself.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The files that the run reads, in that order; the run may add more.</summary>
    public IReadOnlyList<InputFile> Inputs { get; init; } = [];

    /// <summary>
    ///   Finds, by the fingerprint of embeddings that the run does not make itself, the model that made them, if that is
    ///   known.
    /// </summary>
    public Func<string, EmbeddingModel?>? FindModel { get; init; }

    /// <summary>Which part of a larger run it is; <see langword="null"/> if it is a whole one.</summary>
    internal ShardRun? Shard { get; init; }

    /// <summary>The files of an earlier run whose embeddings are reused. The output may replace one.</summary>
    public IReadOnlyList<string> ReusedFrom { get; init; } = [];

    /// <summary>The run's counts, which continue to change.</summary>
    public RunCounts Counts { get; init; } = new();
}
