namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Numbers that are learned and are added to the scores of attention, by how far the key is from the query (arXiv:1910.10683,
///   section 2.1).
/// </summary>
/// <param name="Table">
///   The whole name of the table, [rows, heads], without <c>.weight</c>. Layers that give the same name share it.
/// </param>
/// <param name="RowCount">How many rows the table has.</param>
/// <param name="Rows">
///   The row of each distance, key minus query, from the smallest to the largest: an odd number of them, with 0 in the middle.
///   What is farther away has the row at the end on its side.
/// </param>
internal sealed record PositionBias(string Table, int RowCount, IReadOnlyList<int> Rows);
