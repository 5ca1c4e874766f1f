using CodeEmbed.Onnx.OnnxFormat;

namespace CodeEmbed.Onnx.Layers;

/// <summary>Rotary embeddings in a graph. Layers with the same rotation share their tables.</summary>
/// <param name="graph">The graph.</param>
internal sealed class RotaryEmbedding(Graph graph)
{
    private readonly Dictionary<Rotary, (string Cosines, string Sines)> _tables = [];

    /// <summary>The cosines and sines of a rotation, [rows, size / 2].</summary>
    /// <param name="rotary">The rotation.</param>
    /// <param name="positions">How many rows the tables have, if the base does not grow: one for each position, from 0.</param>
    /// <param name="computeAngles">Computes the angles of all rows, float32 [rows, size / 2], if the base grows.</param>
    public (string Cosines, string Sines) FindTables(
        Rotary rotary, int positions, Func<DynamicTheta, string> computeAngles)
    {
        if (!_tables.TryGetValue(rotary, out (string Cosines, string Sines) tables))
        {
            tables = rotary.Dynamic is { } dynamic
                ? ComputeTables(computeAngles(dynamic))
                : MakeTables(rotary.Frequencies(), positions);
            _tables.Add(rotary, tables);
        }

        return tables;
    }

    /// <summary>The rotation of each pair per position, for the length of a sequence.</summary>
    /// <param name="rotary">The rotation.</param>
    /// <param name="dynamic">How its base grows.</param>
    /// <param name="tokens">The length, float32: a scalar, or [sequences, 1, 1].</param>
    /// <returns>The frequencies, float32 [1, size / 2], or [sequences, 1, size / 2].</returns>
    public string ComputeFrequencies(Rotary rotary, DynamicTheta dynamic, string tokens)
    {
        OnnxGraphBuilder builder = graph.Builder;
        int pairs = rotary.Size / 2;
        string growth = builder.Node(
            "Max",
            [
                builder.Node(
                    "Sub",
                    [
                        builder.Node("Mul", [tokens, builder.Scalar((float)(dynamic.Factor / dynamic.Trained))]),
                        builder.Scalar((float)(dynamic.Factor - 1)),
                    ]),
                builder.Scalar(1f),
            ]);

        // (base · growth^(d / (d - 2)))^(-2k / d) is base^(-2k / d) · growth^(-2k / (d - 2)).
        string exponents = builder.Floats(
            [.. Enumerable.Range(0, pairs).Select(pair => (float)(-2.0 * pair / (rotary.Size - 2)))], 1, pairs);
        return builder.Node(
            "Mul",
            [
                builder.Floats([.. rotary.Frequencies().Select(frequency => (float)frequency)], 1, pairs),
                builder.Node("Pow", [growth, exponents]),
            ]);
    }

    /// <summary>Rotates the heads of each row.</summary>
    /// <param name="rows">The rows, [sequences, length, width].</param>
    /// <param name="positions">The row of the tables for each, int64 [sequences, length].</param>
    /// <param name="tables">The tables; they have at least as many rows as a sequence.</param>
    /// <param name="rotary">The rotation.</param>
    /// <param name="headSize">The width of a head.</param>
    /// <param name="heads">How many heads there are.</param>
    /// <returns>The rotated rows, [sequences, length, width].</returns>
    public string Turn(
        string rows, string positions, (string Cosines, string Sines) tables, Rotary rotary, int headSize, int heads) =>
        graph.Builder.MicrosoftNode(
            "RotaryEmbedding",
            [rows, positions, tables.Cosines, tables.Sines],
            ("num_heads", heads),
            ("rotary_embedding_dim", rotary.Size == headSize ? 0 : rotary.Size));

    private (string Cosines, string Sines) MakeTables(double[] frequencies, int positions)
    {
        string Table(Func<double, double> function) => graph.Numbers(
            [
                .. Enumerable.Range(0, positions)
                    .SelectMany(position => frequencies.Select(frequency => (float)function(position * frequency))),
            ],
            positions,
            frequencies.Length);
        return (Table(Math.Cos), Table(Math.Sin));
    }

    private (string Cosines, string Sines) ComputeTables(string angles) =>
        (graph.FromFloat(graph.Builder.Node("Cos", [angles])), graph.FromFloat(graph.Builder.Node("Sin", [angles])));
}
