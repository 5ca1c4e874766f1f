using CodeEmbed.Onnx.Models;
using Microsoft.ML.OnnxRuntime.Tensors;
using static CodeEmbed.Onnx.Weights.RobertaNames;

namespace CodeEmbed.Onnx.Graph;

/// <summary>The parts of a RoBERTa encoder for sequences without padding, fused for inference.</summary>
/// <remarks>The arithmetic is that of <c>RobertaModel</c> in Hugging Face's transformers, in evaluation mode.</remarks>
/// <param name="builder">The graph.</param>
/// <param name="config">The architecture.</param>
internal sealed class RobertaParts(OnnxGraphBuilder builder, RobertaConfig config)
{
    private readonly string _zero = builder.Constant("zero", 0);

    /// <summary>Attention within one sequence.</summary>
    public IAttention AttendAlone() => new SequenceAttention(config.AttentionHeads, _zero);

    /// <summary>Attention where several sequences stand one behind the other.</summary>
    /// <param name="lengths">How many tokens each has, [sequences].</param>
    public IAttention AttendPacked(string lengths) => new PackedAttention(builder, lengths, AttendAlone(), _zero);

    /// <summary>The sum of the embeddings, normalized.</summary>
    /// <param name="ids">The token ids, [tokens].</param>
    /// <param name="positions">Their positions, [tokens].</param>
    /// <param name="words">The type of the words' embeddings.</param>
    /// <returns>The state, [tokens, hidden].</returns>
    public string Embed(string ids, string positions, TensorElementType words)
    {
        string wordRows = builder.Node("Gather", [WordEmbeddings, ids]);
        if (words != TensorElementType.Float)
            wordRows = builder.Node("Cast", [wordRows], ("to", (int)TensorElementType.Float));

        string positionRows = builder.Node("Gather", [PositionEmbeddings, positions]);

        // RoBERTa has one token type, or uses only the first.
        string type = builder.Node("Gather", [TokenTypeEmbeddings, _zero]);
        string sum = builder.Node("Add", [builder.Node("Add", [wordRows, type]), positionRows]);
        return Normalize(sum, EmbeddingNorm);
    }

    /// <summary>A layer.</summary>
    /// <param name="state">The state, [tokens, hidden].</param>
    /// <param name="layer">Which layer.</param>
    /// <param name="linear">How its matrices are multiplied by.</param>
    /// <param name="attention">How it attends.</param>
    /// <returns>The state behind it, [tokens, hidden].</returns>
    public string Layer(string state, int layer, ILinearParts linear, IAttention attention)
    {
        string Part(string name) => InLayer(layer, name);

        string[] projections = linear.Apply(state, Part(Query), Part(Key), Part(Value));
        string context = attention.Attend(builder, projections[0], projections[1], projections[2]);
        string attended = linear.Apply(context, Part(AttentionOutput))[0];
        state = AddAndNormalize(attended, state, Part(AttentionNorm));
        string inner = linear.Apply(state, Part(Intermediate))[0];

        // BiasGelu would add the bias too, but has no kernel for AVX-512.
        string activated = builder.MicrosoftNode("Gelu", [inner]);
        return AddAndNormalize(linear.Apply(activated, Part(Output))[0], state, Part(OutputNorm));
    }

    private string AddAndNormalize(string value, string residual, string part) => Normalize(builder.Node("Add", [value, residual]), part);

    private string Normalize(string value, string part) =>
        builder.Node("LayerNormalization", [value, Weight(part), Bias(part)], ("axis", -1), ("epsilon", config.LayerNormEpsilon));
}
