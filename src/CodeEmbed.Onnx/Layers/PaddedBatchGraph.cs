using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>The graph of an encoder and its pooling for a padded batch, for a device with its own memory.</summary>
/// <remarks>
///   <para>
///     In: <c>ids</c> and <c>positions</c>, int64 [sequences · longest], and the inputs of <see cref="PaddedBatchInputs"/> that
///     are used. Out: the pooled vectors, float32 [sequences, width of all poolings].
///   </para>
///   <para>
///     In float16 all weights are float16. ONNX Runtime's normalisation and softmax operators compute in float32
///     internally, and the pooling is float32 here.
///   </para>
/// </remarks>
internal static class PaddedBatchGraph
{
    /// <summary>
    ///   The longest sequence is padded to a multiple of this, which suits NVIDIA's tensor cores and attention kernels.
    /// </summary>
    private const int Step = 8;

    /// <summary>The padded length of a batch's sequences.</summary>
    /// <param name="length">The length of the longest sequence.</param>
    public static int RoundUp(int length) => (length + Step - 1) / Step * Step;

    /// <summary>Builds the model.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The weights, all of one type, and where each starts in the file of the weights.</param>
    /// <param name="type">The type that it computes with: float32 or float16.</param>
    /// <param name="poolings">How the hidden states become one vector.</param>
    /// <param name="weightFile">The name of the weights file, next to the model.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public static byte[] Build(
        Encoder encoder,
        IEnumerable<(Weight Weight, long Offset)> weights,
        TensorElementType type,
        EmbeddingPooling poolings,
        string weightFile)
    {
        var writer = new EncoderWriter(encoder, weights, type, weightFile);
        Graph graph = writer.Graph;
        var batch = new PaddedBatchInputs(graph.Builder);
        graph.Linear = new FloatLinear(graph);
        graph.Attention = new PaddedBatchSelfAttention(graph, batch, writer.Zero);
        var pooling = new PaddedBatchPooling(graph.Builder, batch, writer.WriteLayers(), type);
        return writer.Complete(pooling.Pool(poolings));
    }
}
