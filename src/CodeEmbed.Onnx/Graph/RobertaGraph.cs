using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Weights;
using static CodeEmbed.Onnx.Weights.RobertaNames;

namespace CodeEmbed.Onnx.Graph;

/// <summary>The computation of a RoBERTa encoder for one sequence without padding, fused for inference.</summary>
/// <remarks>
///   <para>
///     In: <c>ids</c> and <c>positions</c>, int64 [tokens]. Out: the last hidden state, float32 [tokens, hidden]. The
///     arithmetic is that of <c>RobertaModel</c> in Hugging Face's transformers, in evaluation mode.
///   </para>
///   <para>
///     One sequence needs no attention mask, and without a mask ONNX Runtime's MultiHeadAttention uses flash attention on
///     the CPU. Gemm takes torch's [out, in] matrices as they lie. The graph is final: it is run without optimisation,
///     since ONNX Runtime would fold weights that are not in the file.
///   </para>
/// </remarks>
internal sealed class RobertaGraph
{
    public const string Ids = "ids", Positions = "positions";

    private readonly OnnxGraphBuilder _builder = new();
    private readonly RobertaConfig _config;
    private readonly string _zero;

    private RobertaGraph(RobertaConfig config, IEnumerable<(Weight Weight, long Offset)> weights, string weightFile)
    {
        _config = config;
        _zero = _builder.Constant("zero", 0);
        foreach ((Weight weight, long offset) in weights)
            _builder.External(weight.Name, weight.Shape, weightFile, offset, weight.Length);
    }

    /// <summary>Builds the model.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">The weights, and where each starts in the file of the weights.</param>
    /// <param name="weightFile">The name of the file of the weights, beside the model.</param>
    /// <returns>The bytes of an ONNX file.</returns>
    public static byte[] Build(RobertaConfig config, IEnumerable<(Weight Weight, long Offset)> weights, string weightFile) =>
        new RobertaGraph(config, weights, weightFile).Build();

    private byte[] Build()
    {
        string state = Embed();
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            int current = layer;
            string Part(string name) => InLayer(current, name);

            string attended = Linear(Attend(state, Part), Part(AttentionOutput));
            state = AddAndNormalize(attended, state, Part(AttentionNorm));
            string inner = _builder.Node("Gemm", [state, Weight(Part(Intermediate))], ("transB", 1));
            string activated = _builder.MicrosoftNode("BiasGelu", [inner, Bias(Part(Intermediate))]);
            state = AddAndNormalize(Linear(activated, Part(RobertaNames.Output)), state, Part(OutputNorm));
        }

        _builder.Output(state);
        return _builder.Build();
    }

    private string Embed()
    {
        string words = _builder.Node("Gather", [WordEmbeddings, _builder.Input(Ids)]);
        string positions = _builder.Node("Gather", [PositionEmbeddings, _builder.Input(Positions)]);

        // RoBERTa has one token type, or uses only the first.
        string type = _builder.Node("Gather", [TokenTypeEmbeddings, _zero]);
        string sum = _builder.Node("Add", [_builder.Node("Add", [words, type]), positions]);
        return Normalize(sum, EmbeddingNorm);
    }

    private string Attend(string state, Func<string, string> part)
    {
        string Batch(string value) => _builder.Node("Unsqueeze", [value, _zero]);

        string attended = _builder.MicrosoftNode(
            "MultiHeadAttention",
            [Batch(Linear(state, part(Query))), Batch(Linear(state, part(Key))), Batch(Linear(state, part(Value)))],
            ("num_heads", _config.AttentionHeads));
        return _builder.Node("Squeeze", [attended, _zero]);
    }

    private string Linear(string input, string part) => _builder.Node("Gemm", [input, Weight(part), Bias(part)], ("transB", 1));

    private string AddAndNormalize(string value, string residual, string part) => Normalize(_builder.Node("Add", [value, residual]), part);

    private string Normalize(string value, string part) =>
        _builder.Node("LayerNormalization", [value, Weight(part), Bias(part)], ("axis", -1), ("epsilon", _config.LayerNormEpsilon));
}
