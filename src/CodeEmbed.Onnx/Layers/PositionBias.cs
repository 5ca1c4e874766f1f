namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Learned numbers that are added to the attention scores, depending on the distance from query to key (arXiv:1910.10683,
///   section 2.1).
/// </summary>
/// <param name="Table">
///   The full name of the table, [rows, heads], without <c>.weight</c>. Layers that give the same name share it.
/// </param>
/// <param name="RowCount">How many rows the table has.</param>
/// <param name="Rows">
///   The row of each distance, key minus query, from the smallest to the largest: an odd number of them, with 0 in the middle.
///   Larger distances use the last row on their side.
/// </param>
internal sealed record PositionBias(string Table, int RowCount, IReadOnlyList<int> Rows);
