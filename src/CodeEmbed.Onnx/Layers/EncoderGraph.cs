using CodeEmbed.Onnx.OnnxFormat;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>The graph of an encoder for one sequence, or for several that follow each other, without padding.</summary>
/// <remarks>
///   <para>
///     In: <c>ids</c> and <c>positions</c>, int64 [tokens], and, if it is for several sequences, <c>lengths</c>, int64
///     [sequences]. Out: the last hidden state, float32 [tokens, hidden].
///   </para>
///   <para>
///     The graph is final: it is run without optimisation, since ONNX Runtime would fold weights that are not in the file.
///   </para>
/// </remarks>
internal static class EncoderGraph
{
    public const string Lengths = "lengths";

    /// <summary>Builds the model.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">
    ///   The weights, and where each starts in the file of the weights. Their matrices are all float32, all int8 or all uint8.
    /// </param>
    /// <param name="packed">Whether it is for several sequences.</param>
    /// <param name="weightFile">The name of the weights file, next to the model.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public static byte[] Build(Encoder encoder, IEnumerable<(Weight Weight, long Offset)> weights, bool packed, string weightFile)
    {
        var builder = new OnnxGraphBuilder();
        var declared = new Dictionary<string, GraphWeight>();
        foreach ((Weight weight, long offset) in weights)
        {
            builder.External(weight.Name, weight.Type, weight.Shape, weightFile, offset, weight.Length);
            declared.Add(weight.Name, new GraphWeight(weight.Name, weight.Type));
        }

        var graph = new Graph(builder, declared);
        var net = new GraphNet(graph);
        builder.Input(Net.Ids.Name, TensorElementType.Int64, rank: 1);
        builder.Constant(net.Zero.Name, 0);
        builder.Input(Net.Positions.Name, TensorElementType.Int64, rank: 1);
        Value state = encoder.Embed(net, Net.Ids, Net.Positions);

        var types = declared.Values.Select(weight => weight.Type).ToHashSet();
        bool signed = types.Contains(TensorElementType.Int8);
        graph.Linear = signed || types.Contains(TensorElementType.UInt8)
            ? new Int8Linear(graph, signed, Net.Ids.Name)
            : new FloatLinear(graph);
        graph.Attention = packed
            ? new PackedSelfAttention(graph, builder.Input(Lengths, TensorElementType.Int64, rank: 1), net.Zero.Name)
            : new SelfAttention(graph, net.Zero.Name);
        for (int layer = 0; layer < encoder.LayerCount; layer++)
            state = encoder.Layer(net, state, layer);

        builder.Output(state.Name);
        return builder.Build();
    }
}
