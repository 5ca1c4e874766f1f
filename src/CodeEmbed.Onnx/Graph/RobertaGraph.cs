using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Graph;

/// <summary>The computation of a RoBERTa encoder for one sequence, or for several one behind the other, without padding.</summary>
/// <remarks>
///   <para>
///     In: <c>ids</c> and <c>positions</c>, int64 [tokens], and where it is for several sequences <c>lengths</c>, int64 [sequences]. Out: the last
///     hidden state, float32 [tokens, hidden].
///   </para>
///   <para>
///     The graph is final: it is run without optimisation, since ONNX Runtime would fold weights that are not in the file.
///   </para>
/// </remarks>
internal static class RobertaGraph
{
    public const string Ids = "ids", Positions = "positions", Lengths = "lengths";

    /// <summary>Builds the model.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The weights, and where each starts in the file of the weights. Their matrices are all float32, all int8 or all uint8.</param>
    /// <param name="packed">Whether it is for several sequences.</param>
    /// <param name="weightFile">The name of the file of the weights, beside the model.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public static byte[] Build(RobertaConfig config, IEnumerable<(Weight Weight, long Offset)> weights, bool packed, string weightFile)
    {
        var builder = new OnnxGraphBuilder();
        var types = new Dictionary<string, TensorElementType>();
        foreach ((Weight weight, long offset) in weights)
        {
            builder.External(weight.Name, weight.Type, weight.Shape, weightFile, offset, weight.Length);
            types.Add(weight.Name, weight.Type);
        }

        string ids = Input(Ids);
        var parts = new RobertaParts(builder, config);
        string state = parts.Embed(ids, Input(Positions), types[RobertaNames.WordEmbeddings]);
        ILinearParts linear = types[RobertaNames.Weight(RobertaNames.InLayer(0, RobertaNames.Query))] is var type && type == TensorElementType.Float
            ? new FloatLinearParts(builder)
            : new Int8LinearParts(builder, types.Keys, type == TensorElementType.Int8, ids);
        IAttention attention = packed ? parts.AttendPacked(Input(Lengths)) : parts.AttendAlone();
        for (int layer = 0; layer < config.Layers; layer++)
            state = parts.Layer(state, layer, linear, attention);

        builder.Output(state);
        return builder.Build();

        string Input(string name) => builder.Input(name, TensorElementType.Int64, rank: 1);
    }
}
