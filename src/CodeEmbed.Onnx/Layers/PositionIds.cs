namespace CodeEmbed.Onnx.Layers;

/// <summary>How the positions of a sequence's tokens are counted.</summary>
internal abstract record PositionIds
{
    /// <summary>0, 1, 2, …</summary>
    public static PositionIds FromZero { get; } = new Consecutive();

    /// <summary>
    ///   Starting with the id after the padding id. Padding is not counted, and has the padding id as its position:
    ///   <c>create_position_ids_from_input_ids</c> in Hugging Face's modeling_roberta.py.
    /// </summary>
    /// <param name="paddingId">The id of the padding token.</param>
    public static PositionIds FromPadding(int paddingId) => new AfterPadding(paddingId);

    /// <summary>Counts the positions.</summary>
    /// <param name="ids">The token ids of one sequence.</param>
    /// <returns>One position for each id.</returns>
    public abstract long[] Of(long[] ids);

    private sealed record Consecutive : PositionIds
    {
        public override long[] Of(long[] ids) => [.. ids.Select((_, position) => (long)position)];
    }

    private sealed record AfterPadding(int PaddingId) : PositionIds
    {
        public override long[] Of(long[] ids)
        {
            var positions = new long[ids.Length];
            long position = PaddingId;
            for (int i = 0; i < ids.Length; i++)
                positions[i] = ids[i] == PaddingId ? PaddingId : ++position;

            return positions;
        }
    }
}
