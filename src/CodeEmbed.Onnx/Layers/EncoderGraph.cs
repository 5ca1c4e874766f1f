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
        var writer = new EncoderWriter(encoder, weights, TensorElementType.Float, weightFile);
        Graph graph = writer.Graph;
        var types = graph.Weights.Values.Select(weight => weight.Type).ToHashSet();
        bool signed = types.Contains(TensorElementType.Int8);
        graph.Linear = signed || types.Contains(TensorElementType.UInt8)
            ? new Int8Linear(graph, signed, Net.Ids.Name)
            : new FloatLinear(graph);
        graph.Attention = packed
            ? new PackedSelfAttention(graph, graph.Builder.Input(Lengths, TensorElementType.Int64, rank: 1), writer.Zero)
            : new SelfAttention(graph, writer.Zero);
        return writer.Complete(writer.WriteLayers());
    }
}
