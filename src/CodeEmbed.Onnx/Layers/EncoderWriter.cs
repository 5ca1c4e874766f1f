using CodeEmbed.Onnx.OnnxFormat;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Writes the graph of an encoder: first its embeddings, and then, once <see cref="Graph"/> has a way to multiply and to
///   attend, its layers.
/// </summary>
internal sealed class EncoderWriter
{
    private readonly Encoder _encoder;
    private readonly GraphNet _net;
    private readonly Value _embeddings;

    /// <summary>Starts the graph with the weights, the inputs <c>ids</c> and <c>positions</c>, and the embeddings.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The weights, and where each starts in the file of the weights.</param>
    /// <param name="type">The type that it computes with: float32 or float16.</param>
    /// <param name="weightFile">The name of the weights file, next to the model.</param>
    public EncoderWriter(
        Encoder encoder, IEnumerable<(Weight Weight, long Offset)> weights, TensorElementType type, string weightFile)
    {
        var builder = new OnnxGraphBuilder();
        var declared = new Dictionary<string, GraphWeight>();
        foreach ((Weight weight, long offset) in weights)
        {
            builder.External(weight.Name, weight.Type, weight.Shape, weightFile, offset, weight.Length);
            declared.Add(weight.Name, new GraphWeight(weight.Name, weight.Type));
        }

        Graph = new Graph(builder, declared) { Type = type };
        _encoder = encoder;
        _net = new GraphNet(Graph);
        builder.Input(Net.Ids.Name, TensorElementType.Int64, rank: 1);
        builder.Constant(Zero, 0);
        builder.Input(Net.Positions.Name, TensorElementType.Int64, rank: 1);
        _embeddings = encoder.Embed(_net, Net.Ids, Net.Positions);
    }

    /// <summary>The graph.</summary>
    public Graph Graph { get; }

    /// <summary>A constant [1] that is 0.</summary>
    public string Zero => _net.Zero.Name;

    /// <summary>Writes the layers.</summary>
    /// <returns>The last hidden state, [tokens, hidden].</returns>
    public string WriteLayers()
    {
        Value state = _embeddings;
        for (int layer = 0; layer < _encoder.LayerCount; layer++)
            state = _encoder.Layer(_net, state, layer);

        return state.Name;
    }

    /// <summary>Completes the model.</summary>
    /// <param name="output">Its output, a matrix of float32.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public byte[] Complete(string output)
    {
        Graph.Builder.Output(output);
        return Graph.Builder.Build();
    }
}
