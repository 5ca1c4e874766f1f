using CodeEmbed.Onnx.Layers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Positions versus <c>create_position_ids_from_input_ids</c>: cumsum(ids != pad) * (ids != pad) + pad.</summary>
public sealed class PositionIdsTests
{
    [Theory]
    [InlineData(new long[] { 0, 91, 92, 2 }, 1, new long[] { 2, 3, 4, 5 })]
    [InlineData(new long[] { 0, 1, 1, 91, 1, 2 }, 1, new long[] { 2, 1, 1, 3, 1, 4 })]
    [InlineData(new long[] { 1, 1 }, 1, new long[] { 1, 1 })]
    [InlineData(new long[] { 5, 0, 7 }, 0, new long[] { 1, 0, 2 })]
    [InlineData(new long[] { 5, 6, 3 }, 3, new long[] { 4, 5, 3 })]
    public void They_are_counted_from_the_id_after_padding_and_padding_is_not_counted(
        long[] ids, int paddingId, long[] positions) =>
        Assert.Equal(positions, PositionIds.FromPadding(paddingId).Of(ids));
}
