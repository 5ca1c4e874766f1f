using CodeEmbed.Onnx.OnnxFormat;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>The graph of an encoder and its pooling for a rectangle of sequences, for a device with its own memory.</summary>
/// <remarks>
///   <para>
///     In: <c>ids</c> and <c>positions</c>, int64 [sequences · longest], and the inputs of <see cref="Rectangle"/> that are used.
///     Out: the pooled vectors, float32 [sequences, width of all poolings].
///   </para>
///   <para>
///     In float16 all weights are float16. ONNX Runtime's normalisation and softmax operators compute in float32
///     internally, and the pooling is float32 here.
///   </para>
/// </remarks>
internal static class RectangleGraph
{
    /// <summary>
    ///   The longest sequence is padded to a multiple of this, which suits NVIDIA's tensor cores and attention kernels.
    /// </summary>
    private const int Step = 8;

    /// <summary>The padded length of a rectangle's sequences.</summary>
    /// <param name="length">The length of the longest sequence.</param>
    public static int RoundUp(int length) => (length + Step - 1) / Step * Step;

    /// <summary>Builds the model.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The weights, all of one type, and where each starts in the file of the weights.</param>
    /// <param name="type">The type that it computes with: float32 or float16.</param>
    /// <param name="pooling">How the hidden states become one vector.</param>
    /// <param name="weightFile">The name of the weights file, next to the model.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public static byte[] Build(
        Encoder encoder,
        IEnumerable<(Weight Weight, long Offset)> weights,
        TensorElementType type,
        EmbeddingPooling pooling,
        string weightFile)
    {
        var builder = new OnnxGraphBuilder();
        var declared = new Dictionary<string, GraphWeight>();
        foreach ((Weight weight, long offset) in weights)
        {
            builder.External(weight.Name, weight.Type, weight.Shape, weightFile, offset, weight.Length);
            declared.Add(weight.Name, new GraphWeight(weight.Name, weight.Type));
        }

        var rectangle = new Rectangle(builder);
        var graph = new Graph(builder, declared) { Type = type };
        graph.Linear = new FloatLinear(graph);
        graph.Attention = new RectangleSelfAttention(graph, rectangle);
        var net = new GraphNet(graph);
        builder.Input(Net.Ids.Name, TensorElementType.Int64, rank: 1);
        builder.Input(Net.Positions.Name, TensorElementType.Int64, rank: 1);
        builder.Constant(net.Zero.Name, 0);
        Value state = encoder.Embed(net, Net.Ids, Net.Positions);
        for (int layer = 0; layer < encoder.LayerCount; layer++)
            state = encoder.Layer(net, state, layer);

        builder.Output(new RectanglePooling(builder, rectangle, state.Name, type).Pool(pooling));
        return builder.Build();
    }
}
