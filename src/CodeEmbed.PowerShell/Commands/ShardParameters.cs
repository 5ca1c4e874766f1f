namespace CodeEmbed.PowerShell.Commands;

/// <summary>Which part of its input a cmdlet reads.</summary>
/// <param name="Index">Which shard; the first is 0.</param>
/// <param name="Count">How many shards there are.</param>
internal sealed record ShardParameters(int Index, int Count)
{
    /// <summary>Checks the parameters.</summary>
    /// <param name="index">Which shard, if it was given.</param>
    /// <param name="count">How many there are, if it was given.</param>
    /// <returns>The shard; <see langword="null"/> if nothing was given.</returns>
    /// <exception cref="EmbeddingOptionException">One was given without the other, or there is no such shard.</exception>
    public static ShardParameters? Of(int? index, int? count)
    {
        const string Index = "ShardIndex", Count = "ShardCount";
        if (index is null && count is null)
            return null;

        if (count is null)
            throw new EmbeddingOptionException(Index, $"{index}", $"was given without -{Count}.", "Give both.");

        if (index is null)
            throw new EmbeddingOptionException(Count, $"{count}", $"was given without -{Index}.", "Give both.");

        if (count < 1)
            throw new EmbeddingOptionException(Count, $"{count}", "is less than 1.", "Give the number of shards.");

        return index >= 0 && index < count
            ? new ShardParameters(index.Value, count.Value)
            : throw new EmbeddingOptionException(
                Index, $"{index}", $"is not one of {count} shards.", $"Give a number from 0 to {count - 1}.");
    }
}
