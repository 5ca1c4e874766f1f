using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Graph;

/// <summary>The parts of a RoBERTa encoder in float32, each a graph whose weights are inputs: so that one part at a time is in memory.</summary>
internal static class CalibrationGraph
{
    /// <summary>The state before the layer.</summary>
    public const string State = "state";

    /// <summary>The embeddings: in go <see cref="RobertaGraph.Ids"/>, <see cref="RobertaGraph.Positions"/> and the weights, out comes the state.</summary>
    public static byte[] BuildEmbeddings(RobertaConfig config, IReadOnlyCollection<Weight> weights)
    {
        var builder = new OnnxGraphBuilder();
        string ids = builder.Input(RobertaGraph.Ids, TensorElementType.Int64, rank: 1);
        string positions = builder.Input(RobertaGraph.Positions, TensorElementType.Int64, rank: 1);
        foreach (Weight weight in weights)
            builder.Input(weight.Name, weight.Type, weight.Shape.Length);

        TensorElementType words = weights.Single(weight => weight.Name == RobertaNames.WordEmbeddings).Type;
        builder.Output(new RobertaParts(builder, config).Embed(ids, positions, words));
        return builder.Build();
    }

    /// <summary>
    ///   The first layer, for any: in go the state and the weights, out come what <see cref="ObservedLinearParts"/> sees of the inputs of
    ///   the attention, of its output part, of the intermediate part and of the output part, and then the state.
    /// </summary>
    public static byte[] BuildLayer(RobertaConfig config)
    {
        var builder = new OnnxGraphBuilder();
        string state = builder.Input(State, TensorElementType.Float, rank: 2);
        foreach ((string name, long[] shape) in RobertaNames.LayerShapes(config, layer: 0))
            builder.Input(name, TensorElementType.Float, shape.Length);

        var linear = new ObservedLinearParts(builder, new FloatLinearParts(builder));
        var parts = new RobertaParts(builder, config);
        builder.Output(parts.Layer(state, layer: 0, linear, parts.AttendAlone()));
        return builder.Build();
    }
}
