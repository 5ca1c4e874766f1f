namespace CodeEmbed.Onnx.Encoders;

/// <summary>The positions of a sequence's tokens.</summary>
internal static class RobertaPositions
{
    /// <summary>
    ///   Counts from the id after the padding id, passing over padding, which has the padding id as its position:
    ///   <c>create_position_ids_from_input_ids</c> in Hugging Face's modeling_roberta.py.
    /// </summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="paddingId">The id of the padding token.</param>
    /// <returns>One position for each id.</returns>
    public static long[] Count(long[] ids, int paddingId)
    {
        var positions = new long[ids.Length];
        long position = paddingId;
        for (int i = 0; i < ids.Length; i++)
            positions[i] = ids[i] == paddingId ? paddingId : ++position;

        return positions;
    }
}
