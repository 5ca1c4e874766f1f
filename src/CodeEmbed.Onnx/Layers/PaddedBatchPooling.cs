using CodeEmbed.Onnx.OnnxFormat;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   Pools the hidden states of each sequence in a padded batch into one vector, in float32, as <c>Pooling.TokenPooling</c> does
///   for one sequence.
/// </summary>
internal sealed class PaddedBatchPooling
{
    private readonly OnnxGraphBuilder _builder;
    private readonly PaddedBatchInputs _batch;
    private readonly string _state;
    private readonly TensorElementType _type;
    private string? _rows, _inside, _ones;

    /// <summary>Creates an instance.</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="batch">The inputs that describe the batch.</param>
    /// <param name="state">The hidden states, [sequences · longest, width].</param>
    /// <param name="type">Their type.</param>
    public PaddedBatchPooling(OnnxGraphBuilder builder, PaddedBatchInputs batch, string state, TensorElementType type)
    {
        _builder = builder;
        _batch = batch;
        _state = state;
        _type = type;
    }

    /// <summary>The states in float32, [sequences, longest, width].</summary>
    private string Rows => _rows ??= _builder.Node("Reshape", [ToFloat(_state, _type), _batch.Shape]);

    /// <summary>Whether a token counts, [sequences, longest].</summary>
    private string Inside => _inside ??= _builder.Node(
        "And",
        [
            _builder.Node("Less", [Across(_batch.Order), Down(_batch.Lengths)]),
            _builder.Node("Not", [_builder.Node("Less", [Across(_batch.Order), Down(_batch.Skipped)])]),
        ]);

    /// <summary>1 if a token counts, else 0.</summary>
    private string Ones => _ones ??= _builder.Node("Where", [Inside, _builder.Scalar(1f), _builder.Scalar(0f)]);

    /// <summary>Pools.</summary>
    /// <param name="pooling">The poolings; the results of several are concatenated.</param>
    /// <returns>The vectors, float32 [sequences, width of all poolings].</returns>
    public string Pool(EmbeddingPooling pooling)
    {
        // In the same order as sentence-transformers.
        (EmbeddingPooling Pooling, Func<string> Compute)[] known =
        [
            (EmbeddingPooling.Cls, () => Row(_batch.FirstRows)),
            (EmbeddingPooling.Max, Max),
            (EmbeddingPooling.Mean, () => Sum(_builder.Node("Div", [Ones, Total(Ones)]))),
            (EmbeddingPooling.MeanSqrtLength,
                () => Sum(_builder.Node("Div", [Ones, _builder.Node("Sqrt", [Total(Ones)])]))),
            (EmbeddingPooling.WeightedMean, WeightedMean),
            (EmbeddingPooling.LastToken, () => Row(LastRows())),
        ];
        string[] vectors =
            [.. known.Where(entry => pooling.HasFlag(entry.Pooling)).Select(entry => entry.Compute())];
        return vectors is [var only] ? only : _builder.Node("Concat", vectors, ("axis", 1));
    }

    private string LastRows() => _builder.Node(
        "Sub",
        [_builder.Node("Add", [_batch.FirstRows, _batch.Lengths]), _builder.Integers(1)]);

    private string Row(string number) => ToFloat(_builder.Node("Gather", [_state, number]), _type);

    private string Max() => _builder.Node(
        "ReduceMax",
        [
            _builder.Node(
                "Where",
                [
                    _builder.Node("Unsqueeze", [Inside, _builder.Integers(2)]),
                    Rows,
                    _builder.Scalar(float.NegativeInfinity),
                ]),
        ],
        ("axes", new long[] { 1 }),
        ("keepdims", 0));

    private string WeightedMean()
    {
        string numbers = ToFloat(_builder.Node("Add", [_batch.Order, _builder.Integers(1)]), TensorElementType.Int64);
        string weights = _builder.Node("Mul", [Ones, Across(numbers)]);
        return Sum(_builder.Node("Div", [weights, Total(weights)]));
    }

    /// <summary>The sum of the states, each times its weight, [sequences, width].</summary>
    private string Sum(string weights)
    {
        string one = _builder.Integers(1);
        return _builder.Node(
            "Squeeze", [_builder.Node("MatMul", [_builder.Node("Unsqueeze", [weights, one]), Rows]), one]);
    }

    private string Total(string weights) => _builder.Node("ReduceSum", [weights, _builder.Integers(1)]);

    /// <summary>A value of each token of a sequence, as a row.</summary>
    private string Across(string value) => _builder.Node("Unsqueeze", [value, _builder.Integers(0)]);

    /// <summary>A value of each sequence, as a column.</summary>
    private string Down(string value) => _builder.Node("Unsqueeze", [value, _builder.Integers(1)]);

    private string ToFloat(string value, TensorElementType type) => type == TensorElementType.Float
        ? value
        : _builder.Node("Cast", [value], ("to", (int)TensorElementType.Float));
}
