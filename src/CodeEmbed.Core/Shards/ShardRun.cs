namespace CodeEmbed.Shards;

/// <summary>Which part of a larger run a run is.</summary>
/// <param name="Index">Which shard it is; the first is 0.</param>
/// <param name="Of">How many shards there are.</param>
/// <param name="Inputs">All inputs of the larger run, in order.</param>
internal sealed record ShardRun(int Index, int Of, IReadOnlyList<ShardInput> Inputs)
{
    /// <summary>How many records the run has read, and how many of them it has rejected.</summary>
    public Func<(long Read, long Rejected)> Count { get; init; } = () => default;

    /// <summary>Describes, at the end of the run, the files that it keeps rejected records in, for an output.</summary>
    public Func<string, IReadOnlyList<RejectFile>> RejectFiles { get; init; } = _ => [];

    /// <summary>Where a part of the whole begins: all have the same length, give or take one byte.</summary>
    /// <param name="total">How many bytes the whole has.</param>
    /// <param name="index">Which part; the end of the last one begins at <paramref name="total"/>.</param>
    /// <param name="count">How many parts there are.</param>
    public static long StartOf(long total, int index, int count) => (long)((Int128)total * index / count);
}
