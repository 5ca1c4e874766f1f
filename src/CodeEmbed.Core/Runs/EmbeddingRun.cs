using CodeEmbed.Shards;

namespace CodeEmbed.Runs;

/// <summary>What a run is made with, and how far it is.</summary>
public sealed record EmbeddingRun
{
    /// <summary>The model, or <see langword="null"/> where the run embeds nothing itself.</summary>
    public EmbeddingModel? Model { get; init; }

    /// <summary>How many snippets make a batch, or <see langword="null"/> where the run embeds nothing itself.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The files that the run reads, in the order in which it does; the run may add more.</summary>
    public IReadOnlyList<InputFile> Inputs { get; init; } = [];

    /// <summary>
    ///   Finds, by the fingerprint of embeddings that the run does not make itself, the model that made them, where that is
    ///   known.
    /// </summary>
    public Func<string, EmbeddingModel?>? FindModel { get; init; }

    /// <summary>Which part of a larger run it is; <see langword="null"/> where it is a whole one.</summary>
    internal ShardRun? Shard { get; init; }

    /// <summary>The files of an earlier run whose embeddings are reused. The output may take the place of one.</summary>
    public IReadOnlyList<string> ReusedFrom { get; init; } = [];

    /// <summary>How far the run is; it continues to count.</summary>
    public RunCounts Counts { get; init; } = new();
}
