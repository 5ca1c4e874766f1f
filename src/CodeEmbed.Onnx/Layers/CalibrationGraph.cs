using CodeEmbed.Onnx.OnnxFormat;
using CodeEmbed.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   The parts of an encoder in float32, each a graph with its weights as inputs, so that only one part at a time is in memory.
/// </summary>
internal static class CalibrationGraph
{
    /// <summary>The state before the layer.</summary>
    public const string State = "state";

    /// <summary>The name of an input that is a weight.</summary>
    /// <param name="number">
    ///   The weight's number in the part, from 0. Weights are numbered instead of named so that identical layers give identical
    ///   graphs.
    /// </param>
    public static string Weight(int number) => $"weight_{number}";

    /// <summary>The embeddings. Inputs: the ids, their positions and the weights. Output: the state.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="weights">The weights of the embeddings, in the order in which they are declared.</param>
    public static byte[] BuildEmbeddings(Encoder encoder, IReadOnlyList<Weight> weights)
    {
        var builder = new OnnxGraphBuilder();
        builder.Input(Net.Ids.Name, TensorElementType.Int64, rank: 1);
        builder.Input(Net.Positions.Name, TensorElementType.Int64, rank: 1);
        GraphNet net = Start(builder, weights.Select(weight => (weight.Name, weight.Type, weight.Shape.Length)));
        builder.Output(encoder.Embed(net, Net.Ids, Net.Positions).Name);
        return builder.Build();
    }

    /// <summary>
    ///   A layer. Inputs: the state, the positions and the weights. Outputs: the values that <see cref="CalibrationLinear"/>
    ///   observes for each input of linear parts, and then the state.
    /// </summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="layer">Which layer.</param>
    /// <param name="declaration">What it declares.</param>
    public static byte[] BuildLayer(Encoder encoder, int layer, PartDeclaration declaration)
    {
        var builder = new OnnxGraphBuilder();
        builder.Input(State, TensorElementType.Float, rank: 2);
        builder.Input(Net.Positions.Name, TensorElementType.Int64, rank: 1);
        GraphNet net = Start(
            builder, declaration.Weights.Select(weight => (weight.Name, TensorElementType.Float, weight.Shape.Length)));
        builder.Output(encoder.Layer(net, new Value(State, encoder.HiddenSize), layer).Name);
        return builder.Build();
    }

    private static GraphNet Start(OnnxGraphBuilder builder, IEnumerable<(string Name, TensorElementType Type, int Rank)> weights)
    {
        var declared = new Dictionary<string, GraphWeight>();
        foreach ((string name, TensorElementType type, int rank) in weights)
            declared.Add(name, new GraphWeight(builder.Input(Weight(declared.Count), type, rank), type));

        var graph = new Graph(builder, declared);
        var net = new GraphNet(graph);
        builder.Constant(net.Zero.Name, 0);
        graph.Linear = new CalibrationLinear(builder, new FloatLinear(graph));
        graph.Attention = new SelfAttention(graph, net.Zero.Name);
        return net;
    }
}
